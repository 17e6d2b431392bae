import { connect } from 'node:tls';
import { serverName } from '../../src/protocol/serviceid.js';
import { decodeKeyPair, type KeyPair } from '../../src/pki/keypair.js';
import { listen, ownNames } from '../../src/api/names.js';
import { secrets } from '../../src/api/resources.js';
import { readPeer } from './connect.js';
import { ownNamespace, type E2eCluster } from '../driver/real.js';

/** Who calls, and how; `identity` absent: without a certificate. */
export interface Caller {
  readonly identity?: Pick<KeyPair, 'cert' | 'key'> | undefined;
  readonly version?: 'TLSv1.2' | 'TLSv1.3';
}

/** What came of a call: bytes from behind the gateway, or none of them, and how it ended. */
export type Outcome = { readonly answer: string } | { readonly refused: string };

/**
 * Calls a label at a site's ingress gateway as a peer would, and asks for `/` over HTTP. In TLS 1.3 a client believes
 * that the handshake succeeded before the server has seen its certificate: only bytes tell.
 */
export async function callIngress(
  { cluster, ...site }: E2eCluster,
  label: string,
  { identity, version = 'TLSv1.3' }: Caller,
): Promise<Outcome> {
  const peer = await readPeer({ cluster, ...site });
  return new Promise((resolve) => {
    const socket = connect({
      host: cluster.nodeAddress,
      port: listen.ingress,
      servername: serverName(label, peer.cluster),
      ca: peer.caBundle,
      minVersion: version,
      maxVersion: version,
      ...(identity && { cert: identity.cert, key: identity.key }),
    });
    let answer = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error('silence for 10 s')));
    socket.once('secureConnect', () => socket.write('GET / HTTP/1.0\r\nhost: test\r\n\r\n'));
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.once('error', (error: Error) => resolve({ refused: error.message }));
    socket.once('close', () => resolve(answer === '' ? { refused: 'closed' } : { answer }));
  });
}

/** The certificate with which a site's egress gateways call. */
export async function egressIdentity({ kube }: E2eCluster): Promise<KeyPair> {
  const { data } = await kube.get(secrets, `${ownNamespace}/${ownNames.egressTls}`);
  const pair = decodeKeyPair(data);
  if (!pair) throw new Error(`Secret ${ownNames.egressTls} holds no certificate`);
  return pair;
}
