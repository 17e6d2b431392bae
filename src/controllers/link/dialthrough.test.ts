import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { eventually } from '../../../test/driver/eventually.js';
import { echo, startTarget, startTlsTarget } from '../../../test/conformance/target.js';
import {
  aHub,
  edge,
  edgeLink,
  edgeOwn,
  hub,
  startEdge,
  startHub,
  type Hub,
} from '../../../test/gen/dialling.js';
import { anEgressPod, aReport } from '../../../test/gen/gen.js';
import { createContact } from '../../gateway/applied/contact.js';
import { createHistory } from '../../gateway/applied/history.js';
import { startAppliedServer } from '../../gateway/applied/server.js';
import { tlsOptions } from '../../pki/context.js';
import type { KeyPair } from '../../pki/keypair.js';
import { systemClock } from '../../runtime/clock.js';
import { silent } from '../../runtime/log.js';
import { dialThrough, entriesOf, NotCarriedError, type EgressEntry } from './dialthrough.js';

const signal = () => AbortSignal.timeout(10_000);

/** What an egress gateway of the hub serves its operator, and how the operator asks. */
async function anEntry(of: Pick<Hub, 'carry'>, identity: KeyPair = hub.operator) {
  const server = await startAppliedServer({
    ...{ history: createHistory('e'), contact: createContact(systemClock), cluster: 'hub', port: 0 },
    ...{ identity: hub.egress, address: '127.0.0.1', clock: systemClock, log: silent },
    through: (link, near) => of.carry(link, near),
  });
  const entry: EgressEntry = { address: '127.0.0.1', port: server.port, cluster: 'hub', identity };
  return { entry, [Symbol.asyncDispose]: () => server.close() };
}

test('the operator reaches the gateway of a peer that dials in, with its own certificate', async () => {
  const { cert, key } = edge.ingress;
  const seen: (string | undefined)[] = [];
  await using own = await startTlsTarget(
    { cert, key, requestCert: true, rejectUnauthorized: false },
    (socket) => {
      seen.push(socket.getPeerX509Certificate()?.subjectAltName);
      socket.write('welcome');
    },
  );
  await using london = await startHub();
  using paris = startEdge(own.port);
  paris.update([aHub([london.at])], edgeOwn);
  await eventually(() => assert.equal(london.members(edgeLink), 1));
  await using egress = await anEntry(london);
  const socket = await dialThrough(egress.entry, edgeLink, signal());
  const secure = connectTls({
    ...tlsOptions(hub.operator, [edge.authority.ca]),
    ...{ socket, servername: 'gateway.edge.mirror.internal' },
  });
  const [heard] = (await once(secure, 'data')) as [Buffer];
  assert.equal(heard.toString(), 'welcome');
  assert.match(seen.join(), /spiffe:\/\/hub\.mirror\.internal\/operator/);
  secure.destroy();
});

test('a peer that has not dialled in, or does not, ends the connection', async () => {
  await using london = await startHub();
  await using egress = await anEntry(london);
  for (const link of [edgeLink, 'rome']) {
    const socket = await dialThrough(egress.entry, link, signal());
    socket.resume();
    await once(socket, 'close');
  }
});

test('nobody else is carried', async () => {
  await using london = await startHub();
  await using egress = await anEntry(london, hub.egress);
  await assert.rejects(dialThrough(egress.entry, edgeLink, signal()), NotCarriedError);
});

test('an egress gateway that does not know of this, or is not ours, is an error', async () => {
  const { cert, key } = hub.egress;
  const old = createServer({ ...tlsOptions({ ...hub.egress, cert, key }, [hub.authority.ca]) });
  await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
  const { port } = old.address() as AddressInfo;
  const entry = { address: '127.0.0.1', port, cluster: 'hub', identity: hub.operator };
  await assert.rejects(dialThrough(entry, edgeLink, signal()), Error);
  await assert.rejects(dialThrough({ ...entry, cluster: 'other' }, edgeLink, signal()), Error);
  old.close();
  await using plain = await startTarget(echo);
  await assert.rejects(dialThrough({ ...entry, port: plain.port }, edgeLink, signal()), Error);
});

test('the egress gateways that lead to a peer are those that it has dialled', () => {
  const pods = [
    anEgressPod('dialled', { report: aReport([], { dialledIn: 1 }) }),
    anEgressPod('waits', { report: aReport([], { dialledIn: 0 }) }),
    anEgressPod('silent', { silent: true }),
  ];
  const identity = hub.operator;
  const [found, ...others] = entriesOf({ pods, link: 'paris', cluster: 'hub', identity });
  assert.deepEqual(found, { address: pods[0]!.addresses[0], cluster: 'hub', identity });
  assert.deepEqual(others, []);
  assert.deepEqual(entriesOf({ pods, link: 'rome', cluster: 'hub', identity }), []);
  assert.deepEqual(entriesOf({ pods, link: 'paris', cluster: 'hub', identity: undefined }), []);
});
