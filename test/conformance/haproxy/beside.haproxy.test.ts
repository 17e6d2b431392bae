import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { haproxyFolder } from '../../../src/api/names.js';
import { bootstrap } from '../../../src/gateway/haproxy/bootstrap.js';
import { createHaproxy } from '../../../src/gateway/haproxy/process.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { silent } from '../../../src/runtime/log.js';
import { eventually } from '../../driver/eventually.js';
import { connect, endsAs, isAnswered, read } from '../client.js';
import { echo, startTarget } from '../target.js';
import { startBeside } from './beside.js';
import { processesOf, startHaproxyPair } from './haproxypair.js';

const cut = ['end', 'ECONNRESET', 'EPIPE'];

describe('a HAProxy that runs beside its gateway', { timeout: 120_000 }, () => {
  for (const role of ['egress', 'ingress'] as const) {
    test(`of the role ${role} serves, and serves the same after it was killed and started again`, async () => {
      await using beside = await startBeside();
      await using target = await startTarget(echo);
      const { directory } = beside;
      await using pair = await startHaproxyPair({ [role]: { command: 'beside', directory } });
      const port = await pair.offer('echo', target.port);
      assert.ok(await isAnswered(port));

      await beside.kill();
      if (role === 'egress') await eventually(() => assert.match(pair.egress.problem?.() ?? '', /not there/));
      assert.equal(await isAnswered(port), false);
      beside.start();
      await eventually(async () => assert.ok(await isAnswered(port)), 30_000);
      if (role === 'egress') await eventually(() => assert.equal(pair.egress.problem?.(), undefined));
    });

    test(`of the role ${role} that is gone holds its gateway up no longer`, { timeout: 30_000 }, async () => {
      await using beside = await startBeside();
      const { directory } = beside;
      const pair = await startHaproxyPair({ [role]: { command: 'beside', directory } });
      await beside.kill();
      if (role === 'egress') await eventually(() => assert.match(pair.egress.problem?.() ?? '', /not there/));
      await pair[Symbol.asyncDispose]();
    });

    test(`of the role ${role} outlives its gateway without its ports, and serves the next one`, async () => {
      await using beside = await startBeside();
      await using target = await startTarget(echo);
      const { directory } = beside;
      {
        await using pair = await startHaproxyPair({ [role]: { command: 'beside', directory } });
        assert.ok(await isAnswered(await pair.offer('echo', target.port)));
      }
      assert.equal((await processesOf(directory)).workers.length, 1);
      const config = await readFile(join(directory, haproxyFolder.config), 'utf8');
      assert.ok(config.includes(bootstrap(directory)), 'another start would listen');
      await using pair = await startHaproxyPair({ [role]: { command: 'beside', directory } });
      assert.ok(await isAnswered(await pair.offer('echo', target.port)));
    });

    test(`of the role ${role} carries a stream until the time to drain is over, and takes no new one`, async () => {
      await using beside = await startBeside();
      await using target = await startTarget(echo);
      const { directory } = beside;
      await using pair = await startHaproxyPair({ [role]: { command: 'beside', directory } });
      const port = await pair.offer('echo', target.port);
      const stream = await connect(port);
      stream.write('before');
      await read(stream, 6);

      const drain = 1_500;
      const began = performance.now();
      const stopped = pair.stop(role, drain);
      await eventually(async () => assert.equal(await isAnswered(port), false));
      stream.write('still');
      assert.equal((await read(stream, 5)).toString(), 'still');
      await endsAs(stream, cut);
      assert.ok(performance.now() - began >= drain, 'cut before its time');
      await stopped;
      await eventually(async () => assert.equal((await processesOf(directory)).workers.length, 1));
    });
  }

  test('that is not there is told with how it must run', async () => {
    await using beside = await startBeside();
    await beside.kill();
    let elapsed = 0;
    // the patience that a start deserves passes at once
    const clock = { ...systemClock, monotonic: () => (elapsed += 10_000) };
    const haproxy = createHaproxy({ directory: beside.directory, clock, log: silent });
    await assert.rejects(haproxy.check(), /not there: it must run beside the agent as haproxy -W -S /);
  });
});
