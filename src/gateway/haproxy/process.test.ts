import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { systemClock } from '../../runtime/clock.js';
import { silent } from '../../runtime/log.js';
import { createHaproxy } from './process.js';

/** A clock on which a pause of 20 ms lasts three seconds. */
function hurried() {
  let skipped = 0;
  const sleep = (ms: number) => {
    skipped += 150 * ms;
    return systemClock.sleep(ms);
  };
  return { ...systemClock, monotonic: () => systemClock.monotonic() + skipped, sleep };
}

/** A HAProxy that never answers, and does not end when it is asked to; and those of it that are alive. */
async function deaf(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'haproxy-'));
  const pids = join(directory, 'pids');
  const script = `trap '' TERM; echo $$ >> ${pids}; while :; do sleep 1; done`;
  const haproxy = createHaproxy({
    ...{ directory, command: ['sh', '-c', script], clock: hurried(), log: silent },
  });
  const all = async () => (await readFile(pids, 'utf8')).trim().split('\n').map(Number);
  /** Their process ids, once there are so many. */
  const started = (count: number) =>
    eventually(async () => {
      const found = await all();
      assert.equal(found.length, count);
      return found;
    });
  t.after(async () => {
    for (const pid of await all()) if (isAlive(pid)) process.kill(-pid, 'SIGKILL');
    await rm(directory, { recursive: true });
  });
  return { haproxy, started };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('load() ends one that does not answer before it starts another', async (t) => {
  const { haproxy, started } = await deaf(t);
  for (const round of [1, 2]) {
    await assert.rejects(haproxy.load(''), /does not answer/);
    const pids = await started(round);
    assert.deepEqual(pids.filter(isAlive), pids.slice(-1));
  }
});

test('stop() ends one that does not do so itself', async (t) => {
  const { haproxy, started } = await deaf(t);
  await assert.rejects(haproxy.load(''), /does not answer/);
  const pids = await started(1);
  await haproxy.stop();
  assert.deepEqual(pids.filter(isAlive), []);
});

const endings: Readonly<Record<string, readonly [script: string, error: RegExp]>> = {
  'a configuration that is refused': [
    'echo "[ALERT] : unknown word" >&2; exit 1',
    /^LoadError: .*unknown word/,
  ],
  'a HAProxy that was killed while it started': ['kill -9 $$', /^SocketError: HAProxy was killed/],
  'a HAProxy whose worker was killed while it started': ['exit 137', /^SocketError: HAProxy was killed/],
};

for (const [title, [script, error]] of Object.entries(endings))
  test(`load() tells ${title} from the others`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'haproxy-'));
    t.after(() => rm(directory, { recursive: true }));
    const haproxy = createHaproxy({
      ...{ directory, command: ['sh', '-c', script], clock: systemClock, log: silent },
    });
    await assert.rejects(haproxy.load(''), (thrown) => error.test(String(thrown)));
  });
