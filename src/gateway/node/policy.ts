import { spiffeId } from '../../api/names.js';
import { peerChannelName, serverName } from '../../protocol/serviceid.js';
import { identify, type Trust } from '../../pki/verify.js';
import type { Export, IngressState } from '../model.js';
import type { Refusal } from '../events.js';

/** The input of an ingress gateway's decisions; read once from the desired state. */
export interface Policy {
  readonly trust: Trust;
  /** SPIFFE ID of each link's peer. */
  readonly uris: ReadonlyMap<string, string>;
  /** By server name. */
  readonly exports: ReadonlyMap<string, Export>;
  /** Server name of the peer channel. */
  readonly channel: string;
}

/** The grant of a session; the session lives for as long as it would be admitted again. */
export interface Admission {
  readonly link: string;
  readonly uri: string;
  readonly servername: string;
  /** Absent: the peer channel. */
  readonly target?: Export['target'];
}

/** Reads the desired state; `trust` holds the CAs of its peers. */
export function policyOf({ cluster, peers, exports }: IngressState, trust: Trust): Policy {
  return {
    trust,
    uris: new Map(peers.map((peer) => [peer.link, spiffeId(peer.cluster, 'gateway')])),
    exports: new Map(
      exports
        .filter(({ protocol }) => protocol.kind === 'tcp')
        .map((exported) => [serverName(exported.serviceId, cluster), exported]),
    ),
    channel: peerChannelName(cluster),
  };
}

/** Decides about a client with a certificate: its identity, the requested export, and whether it may have it. */
export function admit(
  policy: Policy,
  client: { readonly chain: readonly Uint8Array[]; readonly servername: string | undefined },
  now: Date,
): Admission | { readonly refusal: Refusal; readonly link?: string } {
  const who = identify(client.chain, policy.trust, now);
  if ('refusal' in who) return who;
  const { link, uri } = who;
  if (!client.servername) return { refusal: 'NoServerName', link };
  // Host names are case-insensitive (RFC 6066 section 3).
  const servername = client.servername.toLowerCase();
  if (servername === policy.channel) return { link, uri, servername };
  const exported = policy.exports.get(servername);
  if (!exported) return { refusal: 'UnknownServerName', link };
  if (!exported.allow.has(link)) return { refusal: 'NotAllowed', link };
  return { link, uri, servername, target: exported.target };
}

/**
 * Whether a live session may go on. Certificates are not checked again: a rotation, even of the CA, ends no stream.
 * Unlinking the peer or withdrawing the export does.
 */
export function stillAdmitted(policy: Policy, { link, uri, servername }: Admission): boolean {
  if (policy.uris.get(link) !== uri) return false;
  return servername === policy.channel || policy.exports.get(servername)?.allow.has(link) === true;
}
