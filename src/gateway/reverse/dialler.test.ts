import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { readAll, visit } from '../../../test/conformance/client.js';
import { freePort } from '../../../test/conformance/ports.js';
import { startNat } from '../../../test/conformance/nat.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import { startBalancer } from '../../../test/gen/balancer.js';
import { fakeClock } from '../../../test/gen/clock.js';
import {
  aHub,
  edgeLink,
  edgeOwn,
  hubLink,
  keptLog,
  startEdge,
  startHub,
} from '../../../test/gen/dialling.js';

test('the hub that restarts is dialled again', async () => {
  await using own = await startTarget(echo);
  const port = await freePort();
  using paris = startEdge(own.port);
  paris.update([aHub([port])], edgeOwn);
  assert.notEqual(await visit(port), 'end');
  for (const pod of ['hub-0', 'hub-1']) {
    await using london = await startHub({ port, pod });
    await eventually(() => assert.equal(london.members(edgeLink), 1));
    const client = london.call();
    client.end('hello');
    assert.equal((await readAll(client)).toString(), 'hello');
    london.close();
    await eventually(() => assert.equal(paris.pods(hubLink), 0));
  }
});

test('all pods of the hub behind a load balancer are found, and each gets its own spares', async () => {
  await using own = await startTarget(echo);
  await using first = await startHub({ pod: 'hub-0' });
  await using second = await startHub({ pod: 'hub-1' });
  await using third = await startHub({ pod: 'hub-2' });
  const hubs = [first, second, third];
  await using balancer = await startBalancer(hubs.map(({ at }) => at));
  using paris = startEdge(own.port);
  paris.update([aHub([balancer.port])], edgeOwn);
  await eventually(() => assert.equal(paris.pods(hubLink), 3));
  await eventually(() => hubs.every((one) => one.members(edgeLink) === 1));
  for (let round = 0; round < 10; round++)
    for (const one of hubs) {
      const client = one.call();
      client.end('hello');
      assert.equal((await readAll(client)).toString(), 'hello');
    }
});

test('two gateways of the edge share one pool, and one that leaves takes only its own along', async () => {
  await using own = await startTarget(echo);
  await using london = await startHub({ target: 8 });
  using one = startEdge(own.port, { pod: 'edge-0' });
  using other = startEdge(own.port, { pod: 'edge-1' });
  for (const pod of [one, other]) pod.update([aHub([london.at])], edgeOwn);
  await eventually(() => assert.equal(london.members(edgeLink), 2));
  one.leave();
  await eventually(() => assert.equal(london.members(edgeLink), 1));
  for (let round = 0; round < 20; round++) {
    const client = london.call();
    client.end('hello');
    assert.equal((await readAll(client)).toString(), 'hello');
  }
});

test('a search for pods that are not there ends soon', async () => {
  const clock = { ...fakeClock(), now: () => Date.now() };
  await using london = await startHub();
  await using balancer = await startBalancer([london.at]);
  using paris = startEdge(1, { clock });
  paris.update([aHub([balancer.port])], edgeOwn);
  await eventually(() => assert.equal(london.members(edgeLink), 1));
  const spares = 4;
  const searched = async () => {
    const before = balancer.count();
    await clock.advance(100);
    return balancer.count() - before;
  };
  // six in a row that are known; the spares of the first one come beside them
  let count = 0;
  await eventually(async () => {
    count += await searched();
    return count >= 6;
  });
  for (let quiet = 0; quiet < 20; quiet++) count += await searched();
  assert.ok(count <= 6 + spares, `${count} connections`);
});

for (const who of ['hub', 'edge'] as const) {
  test(`when nothing passes any more, the ${who} notices and drops all`, async (t) => {
    const clock = { ...fakeClock(), now: () => Date.now() };
    const log = keptLog();
    await using london = await startHub(who === 'hub' ? { clock, log } : {});
    const port = await freePort();
    const nat = await startNat('127.0.0.1', port, london.at);
    t.after(() => nat.close());
    using paris = startEdge(1, who === 'edge' ? { clock, log } : {});
    paris.update([aHub([port])], edgeOwn);
    const count = () => (who === 'hub' ? london.members(edgeLink) : paris.pods(hubLink));
    await eventually(() => assert.equal(count(), 1));
    nat.forget();
    await clock.advance(9_000);
    assert.equal(count(), 1);
    await clock.advance(3_000);
    await eventually(() => assert.match(log.lines.join('\n'), /is gone: nothing was heard/));
  });
}

test('pings keep a connection over which nothing else goes', async () => {
  const clock = { ...fakeClock(), now: () => Date.now() };
  await using london = await startHub({ clock });
  using paris = startEdge(1, { clock });
  paris.update([aHub([london.at])], edgeOwn);
  await eventually(() => assert.equal(london.members(edgeLink), 1));
  const before = london.changes();
  for (let second = 0; second < 60; second++) {
    await clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(london.changes(), before);
});
