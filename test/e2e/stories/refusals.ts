import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { listen, ownNames } from '../../../src/api/names.js';
import { createAuthority, issueLeaf } from '../../../src/pki/ca.js';
import type { KeyPair } from '../../../src/pki/keypair.js';
import { serverName, serviceIdOf } from '../../../src/protocol/serviceid.js';
import { leafOf } from '../../driver/cluster.js';
import type { RealDriver } from '../../driver/real.js';
import { ask } from '../../driver/traffic.js';
import type { E2eClusters } from '../clusters.js';
import { echoService } from '../echo.js';

const exported = serviceIdOf({ namespace: 'default', name: 'bar', port: 80 });
const hidden = serviceIdOf({ namespace: 'default', name: 'hidden', port: 80 });

/** Paris's gateway answers London's certificate for what is exported, and for nothing else. */
export async function refuseUnexported({ london, paris }: E2eClusters): Promise<void> {
  await paris.applies(echoService('hidden', { app: 'bar' }));
  const identity = await leafOf(london, ownNames.egressTls);
  assert.match(await call(paris, exported, { identity }), /^answer: HTTP\/1\.. 200/);
  assert.match(await call(paris, hidden, { identity }), /^refused: /);
}

/** Whoever cannot show a certificate of London's CA over TLS 1.3 gets nothing, not even what is exported. */
export async function refuseStrangers({ london, paris }: E2eClusters): Promise<void> {
  const identity = await leafOf(london, ownNames.egressTls);
  const { cluster } = await london.published();
  const now = new Date();
  const strangers: Record<string, Caller> = {
    'the same names under another CA': {
      identity: await issueLeaf(await createAuthority(cluster, { now }), 'egress', { cluster, now }),
    },
    "Paris's own certificate": { identity: await leafOf(paris, ownNames.egressTls) },
    'no certificate': {},
    'TLS 1.2': { identity, version: 'TLSv1.2' },
  };
  for (const [who, caller] of Object.entries(strangers)) {
    assert.match(await call(paris, exported, caller), /^refused: /, who);
  }
  assert.match(await call(paris, exported, { identity }), /^answer: /);
}

/** Who calls, and how; `identity` absent: without a certificate. */
interface Caller {
  readonly identity?: Pick<KeyPair, 'cert' | 'key'> | undefined;
  readonly version?: 'TLSv1.2' | 'TLSv1.3';
}

/**
 * Calls a service at a cluster's ingress gateway as a peer would, and asks for `/` over HTTP; says what came of it. In
 * TLS 1.3 a client believes that the handshake succeeded before the server has seen its certificate: only bytes tell.
 */
async function call(
  cluster: RealDriver,
  serviceId: string,
  { identity, version = 'TLSv1.3' }: Caller,
): Promise<`${'answer' | 'refused'}: ${string}`> {
  const peer = await cluster.published();
  const socket = connect({
    host: cluster.nodeAddress,
    port: listen.ingress,
    servername: serverName(serviceId, peer.cluster),
    ca: peer.caBundle,
    minVersion: version,
    maxVersion: version,
    ...(identity && { cert: identity.cert, key: identity.key }),
  });
  return ask(socket, 'GET / HTTP/1.0\r\nhost: test\r\n\r\n').then(
    (answer) => `answer: ${answer}` as const,
    (error: Error) => `refused: ${error.message}` as const,
  );
}
