import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect } from '../client.js';
import { aPeer } from '../gatewaypair.js';
import { startHaproxyPair } from './haproxypair.js';

/** RFC 8879 section 3. */
const compressCertificate = 27;

test('an egress gateway asks for no compressed certificate, and for TLS 1.3 alone', async () => {
  await using pair = await startHaproxyPair();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const route = await pair.offer('echo', 1);
    await pair.tellLondon({ peers: [aPeer('cluster-a', 'paris', pair.paris.authority, port)] });
    const called = once(server, 'connection') as Promise<[Socket]>;
    const client = await connect(route);
    client.on('error', () => {});
    const [socket] = await called;
    const [hello] = (await once(socket, 'data')) as [Buffer];
    const extensions = extensionsOf(hello);
    assert.ok(!extensions.has(compressCertificate));
    // supported_versions (RFC 8446 section 4.2.1): one version, or one beside a reserved one (RFC 8701)
    assert.match(extensions.get(43)?.toString('hex') ?? '', /^(02|04.a.a)0304$/);
    socket.destroy();
    client.destroy();
  } finally {
    server.close();
  }
});

/** The extensions of a ClientHello in one record (RFC 8446 section 4.1.2), by type. */
function extensionsOf(record: Buffer): Map<number, Buffer> {
  // record header, handshake header, version and random
  let at = 5 + 4 + 2 + 32;
  at += 1 + record.readUInt8(at);
  at += 2 + record.readUInt16BE(at);
  at += 1 + record.readUInt8(at);
  const end = at + 2 + record.readUInt16BE(at);
  const found = new Map<number, Buffer>();
  for (at += 2; at < end; at += 4 + record.readUInt16BE(at + 2))
    found.set(record.readUInt16BE(at), record.subarray(at + 4, at + 4 + record.readUInt16BE(at + 2)));
  return found;
}
