import assert from 'node:assert/strict';
import { createServer, request } from 'node:https';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { before, test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { aCluster, aLeaf, leavesOf, type ClusterPki } from '../../../test/gen/pki.js';
import { systemClock } from '../../runtime/clock.js';
import { silent } from '../../runtime/log.js';
import { tlsOptions } from '../../pki/context.js';
import { createContact } from '../../gateway/applied/contact.js';
import { createHistory } from '../../gateway/applied/history.js';
import { startAppliedServer } from '../../gateway/applied/server.js';
import { decodeQuery, type AppliedAnswer, type AppliedQuery, type Applied } from '../../protocol/applied.js';
import type { KeyPair } from '../../pki/keypair.js';
import { followApplied, type FollowOptions } from './applied.js';

let london: ClusterPki;
let paris: ClusterPki;
before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

const to = (serviceId: string) => ({ link: 'paris', serviceId });
const address = '127.0.0.1';
const common = { clock: systemClock, log: silent };

/** An egress pod's end, stopped with the test. */
async function aPod(t: TestContext, port = 0, epoch = 'first', identity = london.egress) {
  const history = createHistory(epoch);
  const contact = createContact(systemClock);
  const server = await startAppliedServer({
    ...common,
    history,
    contact,
    cluster: 'london',
    identity,
    address,
    port,
  });
  t.after(() => server.close());
  return { history, contact, server };
}

/** An operator that follows a port until the test is over; `seen` holds what it was told. */
function following(t: TestContext, port: number, options: Partial<FollowOptions> = {}) {
  const stop = new AbortController();
  const seen: (Applied | undefined)[] = [];
  const done = followApplied(
    {
      ...{ address, port, cluster: 'london', clock: systemClock, tls: () => london.operator, ...options },
      onChange: (applied) => seen.push(applied),
    },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await done;
  });
  return { seen, last: () => seen.at(-1), stop, done };
}

test('an operator sees what is applied, and each change of it', async (t) => {
  const { history, server } = await aPod(t);
  history.update({ routes: new Map([[10000, to('s-a')]]) });
  const operator = following(t, server.port);
  await eventually(() => operator.last()?.routes.get(10000)?.serviceId === 's-a');
  history.update({
    routes: new Map([[10001, to('s-b')]]),
    links: new Map([['paris', { healthy: true, answering: [] }]]),
  });
  await eventually(() => operator.last()?.routes.has(10001) === true);
  assert.deepEqual([...operator.last()!.routes], [[10001, to('s-b')]]);
  assert.equal(operator.last()!.links.get('paris')?.healthy, true);
});

test('a pod that stops waits for nobody who has connected and says nothing', async (t) => {
  const { server } = await aPod(t);
  const mute = connect(server.port, address);
  mute.on('error', () => {});
  await once(mute, 'connect');
  const operator = following(t, server.port);
  await eventually(() => operator.seen.length === 1);
  await server.close();
  await eventually(() => mute.closed && operator.last() === undefined);
});

test('an operator is told once of one change', async (t) => {
  const { history, server } = await aPod(t);
  const operator = following(t, server.port);
  await eventually(() => operator.seen.length === 1);
  history.update({ draining: true });
  await eventually(() => operator.last()?.draining === true);
  history.update({ draining: false });
  await eventually(() => operator.last()?.draining === false);
  assert.equal(operator.seen.length, 3);
});

test('an operator says whether a draining pod is still listed', async (t) => {
  const { history, contact, server } = await aPod(t);
  let listed = true;
  const operator = following(t, server.port, { listed: () => listed });
  await eventually(() => operator.seen.length === 1);
  history.update({ draining: true });
  const gone = contact.whenUnlisted(history.version, 60_000);
  await eventually(() => operator.last()?.draining === true);
  listed = false;
  assert.equal(await gone, 'unlisted');
});

test('contact is lost at once when nobody listens any more, and all is told again to the next life of the pod', async (t) => {
  const first = await aPod(t);
  first.history.update({ routes: new Map([[10000, to('s-a')]]) });
  const { port } = first.server;
  const clock = fakeClock();
  let cut = false;
  const operator = following(t, port, { clock, log: { ...silent, debug: () => (cut = true) } });
  await eventually(() => operator.seen.length === 1);
  await first.server.close();
  await eventually(() => cut);
  await clock.advance(100);
  await eventually(() => operator.seen.length === 2);
  assert.equal(operator.last(), undefined);
  const second = await aPod(t, port, 'second');
  second.history.update({ routes: new Map([[10001, to('s-b')]]) });
  await clock.advance(200);
  await eventually(() => operator.last()?.routes.has(10001) === true);
  assert.deepEqual([...operator.last()!.routes.keys()], [10001]);
});

/** A pod of the test's own, whose answers the test makes. */
async function aStrangePod(t: TestContext, answer: (query: AppliedQuery) => AppliedAnswer | undefined) {
  const connections: Socket[] = [];
  const tls = { ...tlsOptions(london.egress, [london.egress.ca]), requestCert: true };
  const pod = createServer(tls, (request, response) => {
    const body = answer(decodeQuery(request.url ?? '')!);
    if (body !== undefined) response.end(JSON.stringify(body));
  });
  pod.on('secureConnection', (socket) => connections.push(socket));
  await new Promise<void>((resolve) => pod.listen(0, address, resolve));
  t.after(() => {
    pod.closeAllConnections();
    pod.close();
  });
  return { port: (pod.address() as AddressInfo).port, connections };
}

test('contact is lost when the pod falls silent, and all is told again when it speaks', async (t) => {
  const history = createHistory('e');
  history.update({ routes: new Map([[10000, to('s-a')]]) });
  let polls = 0;
  const { port } = await aStrangePod(t, ({ epoch, since }) =>
    polls++ === 1 ? undefined : history.since(epoch, since),
  );
  const clock = fakeClock();
  const operator = following(t, port, { clock });
  await eventually(() => polls === 2);
  await clock.advance(3_900);
  assert.equal(operator.seen.length, 1, 'a poll that is held is no silence');
  await clock.advance(100);
  await eventually(() => operator.seen.length === 2);
  assert.equal(operator.last(), undefined);
  await clock.advance(100);
  await eventually(() => operator.last()?.routes.has(10000) === true);
});

test('polls share one connection, until our certificate changes', async (t) => {
  let version = 1;
  const { port, connections } = await aStrangePod(t, () => {
    return { epoch: 'e', version: version++, full: true, routes: {}, links: {}, draining: false };
  });
  let identity = { ...london.operator };
  const operator = following(t, port, { tls: () => ({ ...identity }) });
  await eventually(() => operator.seen.length > 5);
  assert.equal(connections.length, 1);
  identity = (await leavesOf('london', london.authority)).operator;
  await eventually(() => connections.length === 2);
  await eventually(() => connections[0]?.destroyed === true, 3_000);
});

test('both ends take new certificates while they run, even under a new CA', async (t) => {
  const { history, server } = await aPod(t);
  let identity = london.operator;
  const operator = following(t, server.port, { tls: () => identity });
  await eventually(() => operator.seen.length === 1);
  const renewed = await aCluster('london', { trusted: london.authority.ca });
  // the operator first: its new leaf is not known to the pod yet, and contact is not lost for that
  identity = { ...renewed.operator, cert: london.operator.cert, key: london.operator.key };
  server.rotate(renewed.egress);
  identity = renewed.operator;
  for (const port of [10000, 10001]) {
    // the first may come over the old connection
    history.update({ routes: new Map([[port, to('s-a')]]) });
    await eventually(() => operator.last()?.routes.has(port) === true);
  }
  assert.ok(!operator.seen.includes(undefined));
});

test('an operator does not follow a pod that shows the certificate of another cluster', async (t) => {
  const { server } = await aPod(t, 0, 'first', { ...paris.egress, ca: london.authority.ca });
  let polls = 0;
  const operator = following(t, server.port, {
    tls: () => {
      polls++;
      return { ...london.operator, ca: london.operator.ca + paris.operator.ca };
    },
  });
  await eventually(() => polls === 3);
  assert.equal(await got(server.port, london.operator), 200, 'it is the operator that refuses');
  assert.deepEqual(operator.seen, []);
});

/** Asks a pod, as whoever holds that certificate, without checking the pod; gives back the status. */
function got(
  port: number,
  { cert, key }: Partial<KeyPair>,
  path = '/v1/applied',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const tls = { ...(cert && { cert }), ...(key && { key }), rejectUnauthorized: false, agent: false };
    const signal = AbortSignal.timeout(5_000);
    const outgoing = request({ host: address, port, path, signal, ...tls }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    outgoing.on('error', reject).end();
  });
}

test('a pod answers the operator of its own cluster alone', async (t) => {
  const { server } = await aPod(t);
  assert.equal(await got(server.port, london.operator), 200);
  assert.equal(await got(server.port, london.operator, '/v1/peer'), 404);
  assert.equal(await got(server.port, london.egress), 403);
  const both = await aLeaf(london.authority, 'london', {
    uris: ['spiffe://london.mirror.internal/operator', 'spiffe://london.mirror.internal/gateway'],
  });
  assert.equal(await got(server.port, both), 403);
  await assert.rejects(got(server.port, paris.operator), 'another CA');
  await assert.rejects(got(server.port, {}), 'no certificate');
});

test('a pod answers at once whoever is behind, however long he would wait', async (t) => {
  const { server } = await aPod(t);
  for (const behind of ['', '&epoch=first&since=0', '&epoch=other&since=1'])
    assert.equal(await got(server.port, london.operator, `/v1/applied?wait=30${behind}`), 200);
});

test('a pod that cannot have its port says so', async (t) => {
  const { server } = await aPod(t);
  await assert.rejects(aPod(t, server.port), { code: 'EADDRINUSE' });
});

test('following ends with its signal, also in the middle of a poll', async (t) => {
  const { server } = await aPod(t);
  const operator = following(t, server.port);
  await eventually(() => operator.seen.length === 1);
  operator.stop.abort();
  await operator.done;
});

test('a pod that answers at once, for ever, is asked at a pace', async (t) => {
  const clock = fakeClock();
  const times: number[] = [];
  const pod = await aStrangePod(t, () => {
    const version = times.push(clock.monotonic());
    return { epoch: 'first', version, full: true, routes: {}, links: {}, draining: false };
  });
  following(t, pod.port, { clock });
  await eventually(async () => times.length >= 25 || (await clock.advance(10), false), 20_000, 2);
  assert.ok((times[24] ?? 0) >= 500);
});
