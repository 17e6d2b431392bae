import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMapFiles } from '../../../src/gateway/haproxy/mapfiles.js';
import { applyPlans, planMap, readEntries } from '../../../src/gateway/haproxy/maps.js';
import { createHaproxy } from '../../../src/gateway/haproxy/process.js';
import { CommandError } from '../../../src/gateway/haproxy/runtime.js';
import { ImmutableMap } from '../../../src/runtime/immutable.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { silent } from '../../../src/runtime/log.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import { tied } from './subject.js';

test(
  'a HAProxy that starts from an edited file has what one has that was told',
  { timeout: 60_000 },
  async (t) => {
    const { program } = await ensureHaproxy(quiet);
    const directory = await mkdtemp(join(tmpdir(), 'haproxy-'));
    t.after(() => rm(directory, { recursive: true }));
    const haproxy = createHaproxy({ directory, command: tied(program), clock: systemClock, log: silent });
    t.after(() => haproxy.stop());
    const path = join(directory, 'x.map');
    const config = (comment: string) =>
      [
        `# ${comment}\ndefaults\n  mode tcp\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s`,
        `listen x\n  bind unix@${directory}/x.sock\n  tcp-request content set-var(sess.x) str(a),map(${path})\n`,
      ].join('\n');
    const before = ImmutableMap.of<string, string>(
      Array.from({ length: 2_000 }, (_, n) => [`key-${n}`, `${'v'.repeat(40)}-${n}`] as const),
    );
    const after = before.with([
      ...Array.from({ length: 20 }, (_, n) => [`key-${n}`, undefined] as const),
      ...Array.from({ length: 20 }, (_, n) => [`key-${100 + n}`, `other-${n}`] as const),
      ...Array.from({ length: 20 }, (_, n) => [`new-${n}`, `new-${n}`] as const),
    ]);
    const files = createMapFiles();
    await files.write(path, before);
    const first = await haproxy.load(config('first'));
    const has = async (worker: typeof first) => readEntries(await worker.ask(`show map ${path}`));
    assert.deepEqual(await has(first), new Map(before));

    await applyPlans(first, new Map([[path, planMap(path, before, after)]]));
    assert.deepEqual(new Map([...(await has(first))!].sort()), new Map([...after].sort()));
    await assert.rejects(
      first.tell(`del map ${path} nobody`, `del map ${path} key-500`),
      (error: Error) => error instanceof CommandError && /one of 2 commands/.test(error.message),
    );
    assert.equal((await has(first))?.has('key-500'), false, 'what follows a refused command is executed');

    await files.write(path, after);
    assert.match(await readFile(path, 'utf8'), /^#ey-0 /m);
    const second = await haproxy.load(config('second'));
    assert.notEqual(second.pid, first.pid);
    assert.deepEqual(new Map([...(await has(second))!].sort()), new Map([...after].sort()));
  },
);
