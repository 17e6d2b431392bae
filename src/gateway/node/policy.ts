import { spiffeId } from '../../api/names.js';
import { peerChannelName, serviceIdIn } from '../../protocol/serviceid.js';
import { identify, type PeerRole, type Trust } from '../../pki/verify.js';
import { differing, type ImmutableMap } from '../../runtime/immutable.js';
import { exportsById } from '../exports.js';
import type { Export, IngressState } from '../model.js';
import type { Refusal } from '../events.js';

/** The input of an ingress gateway's decisions; read once from the desired state. */
export interface Policy {
  readonly trust: Trust;
  /** The name of each link's peer. */
  readonly clusters: ReadonlyMap<string, string>;
  /** By service ID; those of other protocols than TCP are not served. */
  readonly exports: ImmutableMap<string, Export>;
  /** Our own cluster's name. */
  readonly cluster: string;
}

/** The grant of a session; the session lives for as long as it would be admitted again. */
export interface Admission {
  readonly link: string;
  readonly role: PeerRole;
  readonly uri: string;
  readonly servername: string;
  /** Absent: the peer channel. */
  readonly target?: Export['target'];
}

/** Reads the desired state; `trust` holds the CAs of its peers, for all who may call. */
export function policyOf({ cluster, peers, exports }: IngressState, trust: Trust): Policy {
  return {
    trust,
    clusters: new Map(peers.map((peer) => [peer.link, peer.cluster])),
    exports: exportsById(exports),
    cluster,
  };
}

/** Whether a session that the earlier policy admits may be one that the later one does not: otherwise none is. */
export function takesAway(before: Policy, now: Policy): boolean {
  return (
    before.cluster !== now.cluster ||
    differing(before.clusters, now.clusters).some((link) => before.clusters.has(link)) ||
    differing(before.exports, now.exports).some((serviceId) => before.exports.has(serviceId))
  );
}

/** Decides about a client with a certificate: its identity, the requested export, and whether it may have it. */
export function admit(
  policy: Policy,
  client: { readonly chain: readonly Uint8Array[]; readonly servername: string | undefined },
  now: Date,
): Admission | { readonly refusal: Refusal; readonly link?: string } {
  const who = identify(client.chain, policy.trust, now);
  if ('refusal' in who) return who;
  const { link, role, uri } = who;
  if (!client.servername) return { refusal: 'NoServerName', link };
  // Host names are case-insensitive (RFC 6066 section 3).
  const servername = client.servername.toLowerCase();
  if (servername === peerChannelName(policy.cluster)) return { link, role, uri, servername };
  const exported = exportOf(policy, servername);
  if (!exported) return { refusal: 'UnknownServerName', link };
  // an operator calls no service
  if (role !== 'gateway' || !exported.allow.has(link)) return { refusal: 'NotAllowed', link };
  return { link, role, uri, servername, target: exported.target };
}

/**
 * Whether a live session may go on. Certificates are not checked again: a rotation, even of the CA, ends no stream.
 * Unlinking the peer or withdrawing the export does.
 */
export function stillAdmitted(policy: Policy, { link, role, uri, servername }: Admission): boolean {
  const cluster = policy.clusters.get(link);
  if (cluster === undefined || spiffeId(cluster, role) !== uri) return false;
  return (
    servername === peerChannelName(policy.cluster) || exportOf(policy, servername)?.allow.has(link) === true
  );
}

function exportOf({ exports, cluster }: Policy, servername: string): Export | undefined {
  const exported = exports.get(serviceIdIn(servername, cluster) ?? '');
  return exported?.protocol.kind === 'tcp' ? exported : undefined;
}
