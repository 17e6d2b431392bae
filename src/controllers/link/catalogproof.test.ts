import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { before, test, type TestContext } from 'node:test';
import { aHead } from '../../../test/gen/catalogfeed.js';
import { aCluster, aLeaf, aNamesake, pinOf, type ClusterPki } from '../../../test/gen/pki.js';
import { tlsOptions, withIssuer } from '../../pki/context.js';
import type { KeyPair } from '../../pki/keypair.js';
import { encodeLine } from '../../protocol/catalog.js';
import { systemClock } from '../../runtime/clock.js';
import { provenCa, type UnprovenGateway } from './catalogproof.js';

let london: ClusterPki;
let paris: ClusterPki;
let other: ClusterPki;
before(async () => {
  [london, paris, other] = await Promise.all([aCluster('london'), aCluster('paris'), aCluster('paris')]);
});

const never = new AbortController().signal;
/** The answer of a gateway that names these CAs. */
const naming =
  (...cas: readonly KeyPair[]): RequestListener =>
  (_request, response) =>
    void response.write(encodeLine(aHead({ caBundle: cas.map(({ ca }) => ca).join('') })));

/** The CA of a gateway that shows this certificate and answers like this. */
async function ask(
  t: TestContext,
  { shows, answers }: { shows: KeyPair; answers: RequestListener },
  more: Partial<UnprovenGateway> = {},
): Promise<string> {
  const server = createServer({ ...tlsOptions(shows, [london.authority.ca]), requestCert: true }, answers);
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return provenCa(
    {
      ...{ ip: '127.0.0.1', port, identity: london.operator, now: Date.now(), timeout: 2_000 },
      ...{ cluster: 'paris', fingerprint: pinOf(paris.authority), ...more },
    },
    systemClock,
    never,
  );
}

const printOf = (pem: string) => new X509Certificate(pem).fingerprint256;

test('provenCa() takes the CA that the gateway names, if it has the pinned key', async (t) => {
  const answers = naming(other.authority, paris.authority);
  const found = await ask(t, { shows: paris.ingress, answers });
  assert.equal(printOf(found), printOf(paris.authority.cert), 'that one alone');
});

test('provenCa() takes the CA that the gateway shows in its chain', async (t) => {
  const none: RequestListener = (_request, response) => void response.writeHead(503).end();
  const found = await ask(t, { shows: withIssuer(paris.ingress), answers: none });
  assert.equal(printOf(found), printOf(paris.authority.cert));
});

const refused: Record<string, () => Promise<{ shows: KeyPair; answers: RequestListener }>> = {
  'a gateway under another CA that names the pinned one': () =>
    Promise.resolve({ shows: other.ingress, answers: naming(paris.authority, other.authority) }),
  'a gateway under a CA with the name of the pinned one': async () => {
    const namesake = await aNamesake(paris.authority, new Date());
    const shows = await aLeaf(namesake, 'paris', {
      dnsNames: ['*.paris.mirror.internal'],
      usages: ['serverAuth'],
    });
    return { shows, answers: naming(paris.authority, namesake) };
  },
  'the operator of the peer': () =>
    Promise.resolve({ shows: paris.operator, answers: naming(paris.authority) }),
  'a gateway that names no CA': () => Promise.resolve({ shows: paris.ingress, answers: naming() }),
};
for (const [name, make] of Object.entries(refused))
  test(`provenCa() takes nothing from ${name}`, async (t) => {
    await assert.rejects(ask(t, await make()), { name: 'WrongIdentityError' });
  });

test('provenCa() takes nothing from what is not a gateway', async (t) => {
  const answers: RequestListener = (_request, response) => void response.end('hello\n');
  await assert.rejects(ask(t, { shows: paris.ingress, answers }), /not JSON/);
});

test('provenCa() gives up a gateway that does not answer', async (t) => {
  await assert.rejects(ask(t, { shows: paris.ingress, answers: () => {} }, { timeout: 100 }), /within 0.1 s/);
});
