import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createServer, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { anIntermediate, aRoot, leavesOf } from '../../test/gen/pki.js';
import { chainOf, createChains } from './chain.js';

function certificate(name: string, issuer?: DetailedPeerCertificate): DetailedPeerCertificate {
  return { raw: Buffer.from(name), issuerCertificate: issuer } as DetailedPeerCertificate;
}

const names = (chain: readonly Buffer[]) => chain.map(String);

test('chainOf() lists leaf, intermediates and root', () => {
  const root = certificate('root');
  root.issuerCertificate = root;
  assert.deepEqual(names(chainOf(certificate('leaf', certificate('middle', root)))), [
    'leaf',
    'middle',
    'root',
  ]);
});

test('chainOf() ends where nothing more is known', () => {
  assert.deepEqual(names(chainOf(certificate('leaf'))), ['leaf']);
});

test('chainOf() comes out of a circle', () => {
  const one = certificate('one');
  one.issuerCertificate = certificate('two', one);
  assert.deepEqual(names(chainOf(one)), ['one', 'two']);
});

test('chainOf() of a client without certificate is empty', () => {
  assert.deepEqual(chainOf({} as DetailedPeerCertificate), []);
});

test('a server knows the whole chain of a client that it has authorized', async () => {
  const now = new Date();
  const root = await aRoot(now);
  const upper = await anIntermediate(root, now);
  const lower = await anIntermediate(upper, now, 'london.mirror.internal');
  const { ingress, egress } = await leavesOf('london', { ...lower, cert: `${lower.cert}\n${upper.cert}` });
  const chains = createChains();
  const server = createServer({
    ...{ cert: ingress.cert, key: ingress.key, ca: root.cert },
    ...{ requestCert: true, SNICallback: chains.onServerName },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { cert, key } = egress;
  const client = connect({
    port,
    host: '127.0.0.1',
    servername: 'x.test',
    cert,
    key,
    rejectUnauthorized: false,
  });
  client.on('error', () => {});
  const [socket] = (await once(server, 'secureConnection')) as [TLSSocket];
  const issuers = chains.of(socket).map((der) => new X509Certificate(der).issuer.split('\n').at(-1));
  client.destroy();
  socket.destroy();
  server.close();
  assert.equal(socket.authorized, true);
  assert.deepEqual(issuers.slice(0, 3), [
    'CN=intermediate of london.mirror.internal',
    'CN=intermediate',
    'CN=Shared Root',
  ]);
});
