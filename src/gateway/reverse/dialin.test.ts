import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { ending, read, readAll } from '../../../test/conformance/client.js';
import { socketPair } from '../../../test/conformance/socketpair.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import {
  aHub,
  anEdge,
  edgeLink,
  edgeOwn,
  hub,
  hubLink,
  startEdge,
  startHub,
} from '../../../test/gen/dialling.js';
import { listen } from '../../api/names.js';
import { systemClock } from '../../runtime/clock.js';
import { silent } from '../../runtime/log.js';
import { plainEnd } from '../tcp/splice.js';
import { createDialIn } from './dialin.js';

test('what the hub calls goes back over what the edge has dialled', async () => {
  await using own = await startTarget(echo);
  await using london = await startHub();
  using paris = startEdge(own.port);
  paris.update([aHub([london.at])], edgeOwn);
  await eventually(() => assert.equal(london.members(edgeLink), 1));
  const client = london.call();
  client.end('bonjour');
  assert.equal((await readAll(client)).toString(), 'bonjour');
  assert.ok(london.changes() > 0);
});

test('nothing is listened on before a peer dials in, and other peers stay as they are', async () => {
  await using london = await startHub();
  const plain = { ...anEdge(), link: 'rome', addresses: [{ host: 'rome', port: listen.ingress }] };
  const { dialsIn: _, ...rome } = plain;
  const { peers } = await london.update([rome], hub.egress);
  assert.equal(peers[0], rome);
  assert.equal(london.members('rome'), undefined);
  const [near, far] = await socketPair();
  await assert.rejects(london.carry('rome', plainEnd(near)), /does not dial in/);
  assert.equal(await ending(far), 'ECONNRESET');
});

test('a peer keeps its loopback port, and the same object as long as nothing has changed', async () => {
  await using london = await startHub();
  const peer = anEdge();
  const [one] = (await london.update([peer], hub.egress)).peers;
  const [same] = (await london.update([peer], { ...hub.egress })).peers;
  const [other] = (await london.update([{ ...peer }], hub.egress)).peers;
  assert.equal(one, same);
  assert.deepEqual(one, other);
  assert.equal(one?.addresses[0]?.host, '127.0.0.1');
});

test('a port that another process has is a part that is missing, and no more', async () => {
  await using taken = await startTarget(() => {});
  const port = taken.port;
  const dialIn = createDialIn({
    ...{ clock: systemClock, log: silent, pod: 'a', address: '127.0.0.1', port },
    onChange: () => {},
  });
  const { peers, missing } = await dialIn.update([anEdge()], hub.egress);
  assert.deepEqual(peers, [anEdge()]);
  assert.deepEqual(
    missing.map(({ reason }) => reason),
    ['PortUnavailable'],
  );
  dialIn.close();
});

test('when the Link at the hub is gone, all connections of its peer end, those in use too', async () => {
  await using own = await startTarget(echo);
  await using london = await startHub();
  using paris = startEdge(own.port);
  paris.update([aHub([london.at])], edgeOwn);
  await eventually(() => assert.equal(london.members(edgeLink), 1));
  const client = london.call();
  client.write('hello');
  await read(client, 5);
  const ended = ending(client);
  await london.update([], hub.egress);
  assert.equal(await ended, 'ECONNRESET');
  await eventually(() => assert.equal(paris.pods(hubLink), 0));
  await eventually(() => own.accepted.every((socket) => socket.destroyed));
});

test('when the last Link of a peer that dials in is gone, nothing is listened on, until there is one again', async () => {
  await using london = await startHub();
  assert.equal(london.port(), london.at);
  await london.update([], hub.egress);
  assert.equal(london.port(), 0);
  const peer = anEdge();
  const [one] = (await london.update([peer], hub.egress)).peers;
  assert.equal(london.port(), london.at);
  await london.update([], hub.egress);
  const [again] = (await london.update([peer], hub.egress)).peers;
  assert.notEqual(one, again, 'it is dialled at another port');
});
