import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { eventually } from '../../../test/driver/eventually.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { oddRequests, send } from '../../../test/gen/requests.js';
import { systemClock } from '../../runtime/clock.js';
import { silent } from '../../runtime/log.js';
import type { KeyPair } from '../../pki/keypair.js';
import { createContact } from './contact.js';
import { createHistory } from './history.js';
import { startAppliedServer } from './server.js';

let london: ClusterPki;
before(async () => {
  london = await aCluster('london');
});

/** An egress pod's end, and a way to connect to it. */
async function aPod(t: TestContext) {
  const [history, contact] = [createHistory('first'), createContact(systemClock)];
  const server = await startAppliedServer({
    ...{ history, contact, cluster: 'london', identity: london.egress, address: '127.0.0.1', port: 0 },
    ...{ clock: systemClock, log: silent },
  });
  t.after(() => server.close());
  const plain = () =>
    connectTcp({ port: server.port, host: '127.0.0.1', localAddress: '127.0.0.2' }).on('error', () => {});
  const dial = async ({ cert, key, ca }: KeyPair): Promise<TLSSocket> => {
    const socket = connect({
      host: '127.0.0.1',
      port: server.port,
      cert,
      key,
      ca,
      checkServerIdentity: () => undefined,
    });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    return socket;
  };
  return Object.assign(dial, { plain });
}

const poll = 'GET /v1/applied HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

for (const [what, request] of Object.entries(oddRequests)) {
  test(`the operator's port goes on after ${what}`, async (t) => {
    const dial = await aPod(t);
    for (const who of [london.egress, london.operator])
      assert.doesNotMatch(await send(await dial(who), request), /^HTTP\/1\.1 [25]/);
    assert.match(await send(await dial(london.operator), poll), /^HTTP\/1\.1 200 /);
  });
}

test('who may not ask is told so, whatever was asked', async (t) => {
  const dial = await aPod(t);
  for (const request of [poll, poll.replace('/v1/applied', '//')])
    assert.match(await send(await dial(london.egress), request), /^HTTP\/1\.1 403 /);
});

test('connections that say nothing do not keep the operator out, and there is a bound to them', async (t) => {
  const dial = await aPod(t);
  const idle = Array.from({ length: 100 }, () => dial.plain().resume());
  t.after(() => {
    for (const socket of idle) socket.destroy();
  });
  await eventually(() => assert.ok(idle.filter(({ closed }) => closed).length >= 36));
  assert.match(await send(await dial(london.operator), poll), /^HTTP\/1\.1 200 /);
});
