import { Agent, request } from 'node:https';
import type { Duplex } from 'node:stream';
import { listen } from '../../api/names.js';
import { tlsOptions } from '../../pki/context.js';
import type { KeyPair } from '../../pki/keypair.js';
import { egressName } from '../../pki/profile.js';
import type { EgressPod } from '../../transport/transport.js';
import { throughTarget } from '../../protocol/through.js';

/** An egress gateway of our own cluster. */
export interface EgressEntry {
  /** IP of the pod. */
  readonly address: string;
  /** @default listen.applied */
  readonly port?: number;
  /** Our own cluster's name: the pod must show the certificate of this cluster's egress gateway. */
  readonly cluster: string;
  /** The operator's own certificate. */
  readonly identity: KeyPair;
}

/** The egress gateways of ours that the peer of a Link has dialled. */
export function entriesOf({
  pods,
  link,
  cluster,
  identity,
}: Omit<EgressEntry, 'address' | 'port' | 'identity'> & {
  readonly pods: readonly EgressPod[];
  readonly link: string;
  /** Undefined: the operator has none yet. */
  readonly identity: KeyPair | undefined;
}): readonly EgressEntry[] {
  if (identity === undefined) return [];
  return pods.flatMap(({ addresses: [address], applied }) => {
    const isDialled = (applied?.links.get(link)?.dialledIn ?? 0) > 0;
    return isDialled && address !== undefined ? [{ address, cluster, identity }] : [];
  });
}

/** The egress gateway does not carry us. */
export class NotCarriedError extends Error {
  override readonly name = 'NotCarriedError';
}

/**
 * A connection to the ingress gateway of a Link's peer which dials in: an egress gateway of ours joins us to one that the peer
 * has dialled. What is sent over it is for the peer, so TLS with the peer comes next.
 *
 * @throws when the egress gateway cannot be reached or does not carry us, or the signal's reason. If the peer is not reached,
 * the connection ends.
 */
export function dialThrough(entry: EgressEntry, link: string, signal: AbortSignal): Promise<Duplex> {
  const { address, port = listen.applied, cluster, identity } = entry;
  return new Promise((resolve, reject) => {
    const target = throughTarget(link);
    const asking = request({
      ...tlsOptions(identity, [identity.ca]),
      ...{ host: address, port, servername: egressName(cluster), signal },
      // no session may outlive the certificates under which it was made
      agent: new Agent({ keepAlive: false, maxCachedSessions: 0 }),
      ...{ method: 'CONNECT', path: target, headers: { host: target } },
    });
    asking.once('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode !== 200) {
        socket.destroy();
        return reject(
          new NotCarriedError(`egress gateway ${address} answered status ${statusCode} for link ${link}`),
        );
      }
      socket.on('error', () => {});
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    // an older one answers as to any other request
    asking.once('response', ({ statusCode = 0 }) => {
      asking.destroy();
      reject(new NotCarriedError(`egress gateway ${address} answered status ${statusCode} for link ${link}`));
    });
    asking.once('error', reject).end();
  });
}
