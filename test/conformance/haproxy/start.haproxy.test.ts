import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createHaproxy } from '../../../src/gateway/haproxy/process.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { silent } from '../../../src/runtime/log.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import { tied } from './subject.js';

const good = 'defaults\n  mode tcp\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n';

describe('how HAProxy starts', { timeout: 60_000 }, () => {
  let directory = '';
  let program = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'haproxy-'));
    program = (await ensureHaproxy(quiet)).program;
  });
  after(() => rm(directory, { recursive: true }));
  const make = (command: readonly [string, ...string[]]) =>
    createHaproxy({ directory, command, clock: systemClock, log: silent });

  test('a configuration that it does not take is refused with what is wrong in it', async () => {
    const haproxy = make(tied(program));
    await assert.rejects(haproxy.load(`${good}frontend x\n  nonsense\n`), /unknown keyword 'nonsense'/);
    assert.deepEqual(await haproxy.workers(), []);
  });

  test('a bad reload leaves what runs, and the next good one is taken', async () => {
    const haproxy = make(tied(program));
    try {
      const { pid } = await haproxy.load(good);
      await assert.rejects(haproxy.load(`${good}frontend x\n  nonsense\n`), /configuration/);
      assert.equal((await haproxy.running(good))?.pid, pid);
      const next = await haproxy.load(`${good}# another\n`);
      assert.notEqual(next.pid, pid);
      assert.equal(await haproxy.running(good), undefined);
    } finally {
      await haproxy.stop();
    }
    assert.deepEqual(await haproxy.workers(), []);
  });

  test('one that runs already is taken over', async () => {
    const first = make(tied(program));
    try {
      const { pid } = await first.load(good);
      const second = make(tied(program));
      assert.equal((await second.running(good))?.pid, pid);
      assert.notEqual((await second.load(`${good}# another\n`)).pid, pid);
    } finally {
      await first.stop();
    }
  });

  test('one whose worker hangs is ended', async () => {
    let skipped = 0;
    const sleep = (ms: number) => {
      skipped += 10 * ms;
      return systemClock.sleep(ms);
    };
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skipped, sleep };
    const haproxy = createHaproxy({ directory, command: tied(program), clock, log: silent });
    const { pid } = await haproxy.load(good);
    process.kill(pid, 'SIGSTOP');
    await haproxy.stop();
    assert.deepEqual(await haproxy.workers(), []);
  });

  test('too few file descriptors are told with how many it takes', async () => {
    const ports =
      'frontend x\n  bind 127.0.0.1:20000-20600\n  default_backend y\nbackend y\n  server z 127.0.0.1:1\n';
    const haproxy = make(['sh', '-c', 'ulimit -n 400 && exec "$@"', 'sh', ...tied(program)]);
    await assert.rejects(
      haproxy.load(good + ports),
      /needs \d+ file descriptors, and may have 400: raise the limit/,
    );
  });
});

describe('when there is no HAProxy to start', () => {
  const at = (command: readonly [string, ...string[]]) =>
    createHaproxy({ directory: '/nowhere', command, clock: systemClock, log: silent });

  test('one that is not installed is told with how to get it', async () => {
    await assert.rejects(at(['/nowhere/haproxy']).check(), /not installed: .*apt-get install haproxy/);
  });

  test('one that is too old is told with what it takes', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
    t.after(() => rm(folder, { recursive: true }));
    const program = join(folder, 'haproxy');
    await writeFile(program, '#!/bin/sh\necho "HA-Proxy version 2.2.9-2 2021/01/17"\n');
    await chmod(program, 0o755);
    await assert.rejects(at([program]).check(), /2\.2\.9-2 is too old: it must be 3\.0\.11 or newer/);
  });
});
