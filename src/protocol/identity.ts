import { meshDomain } from '../api/names.js';
import { judgedBundle } from '../pki/bundle.js';
import type { Address } from '../net/address.js';
import type { ProbeSpec } from '../net/probe/spec.js';
import { protocolVersion } from './serviceid.js';
import type { Peer } from './peer.js';

/** Most addresses of one peer; each is probed by every egress gateway. */
export const maxAddresses = 64;

/** What a cluster publishes about itself for its peers, in ConfigMap `service-mirror-identity`. */
export interface Identity {
  readonly cluster: string;
  /** UID of the kube-system namespace. */
  readonly uid: string;
  /** PEM; the CAs of the cluster's gateways. */
  readonly caBundle: string;
  /** Addresses of its ingress gateway; empty: it cannot be called. */
  readonly addresses: readonly Address[];
  /**
   * While a CA is rotated: fingerprint (SHA-256, hex) of the CA that will sign next. The cluster's own gateways look
   * for callers that trust it.
   */
  readonly next?: string;
}

/** A decoded value, or its problems, one sentence each. */
export type Decoded<T> = { readonly value: T } | { readonly problems: readonly string[] };

type Data = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

/** The data of the ConfigMap; same input, same text. */
export function encodeIdentity({
  cluster,
  uid,
  caBundle,
  addresses,
  next,
}: Identity): Record<string, string> {
  return {
    protocol: String(protocolVersion),
    cluster,
    uid,
    domain: meshDomain(cluster),
    'ca.crt': caBundle,
    addresses: JSON.stringify(plain(addresses)),
    ...(next !== undefined && { next }),
  };
}

/** Reads what a peer has published; until then nothing of it is trusted. */
export function decodeIdentity(data: Data | undefined, now: Date): Decoded<Identity> {
  const found = data ?? {};
  if (found.protocol !== String(protocolVersion))
    return { problems: [`protocol is ${shown(found.protocol)}, this version speaks ${protocolVersion}`] };
  const addresses = parsed(found.addresses ?? '[]');
  const bundle = bundleOf('ca.crt', found['ca.crt'], now);
  const problems = [
    ...clusterProblems(found.cluster),
    ...(found.uid ? [] : ['uid is missing']),
    ...(found.domain === meshDomain(found.cluster ?? '')
      ? []
      : [`domain is ${shown(found.domain)}, not the cluster's own`]),
    ...bundle.problems,
    ...addressProblems(addresses),
  ];
  if (problems.length > 0) return { problems };
  const { cluster, uid } = found as Record<string, string>;
  return {
    value: {
      ...{ cluster: cluster!, uid: uid!, caBundle: bundle.text, addresses: plain(addresses as Address[]) },
      ...(found.next !== undefined && { next: found.next }),
    },
  };
}

/** A peer with the operator's own notes of how it was resolved. */
export interface ResolvedPeer extends Peer {
  /** UID of the Link; absent: a version that did not note it has resolved the peer. */
  readonly linkUid?: string;
  /** The Link itself names the peer. Absent: the name was learned from the peer. */
  readonly pinned?: true;
  /** The fingerprint in the Link by which the peer has proven its CAs. Absent: the Link has none. */
  readonly fingerprint?: string;
}

/** One entry of ConfigMap `service-mirror-peers`; its key is the name of the Link. */
export function encodePeer(peer: ResolvedPeer): string {
  const { cluster, caBundle, addresses, published, dialsIn, dialAt, probe, linkUid, pinned, fingerprint } =
    peer;
  const { period, timeout, failureThreshold, successThreshold } = probe;
  return JSON.stringify({
    cluster,
    caBundle,
    addresses: plain(addresses),
    published,
    dialsIn,
    ...(dialAt !== undefined && { dialAt: plain(dialAt) }),
    probe: { period, timeout, failureThreshold, successThreshold },
    linkUid,
    pinned,
    fingerprint,
  });
}

/** Reads one entry of ConfigMap `service-mirror-peers` with the operator's notes. */
export function decodeResolved(link: string, text: string, now: Date): Decoded<ResolvedPeer> {
  const decoded = decodePeer(link, text, now);
  if ('problems' in decoded) return decoded;
  const { linkUid, pinned, fingerprint } = parsed(text) as Fields;
  return {
    value: {
      ...decoded.value,
      ...(typeof linkUid === 'string' && { linkUid }),
      ...(pinned === true && { pinned }),
      ...(typeof fingerprint === 'string' && { fingerprint }),
    },
  };
}

/** Reads one entry of ConfigMap `service-mirror-peers`, as gateways need it. */
export function decodePeer(link: string, text: string, now: Date): Decoded<Peer> {
  const found = parsed(text);
  if (!isFields(found)) return { problems: ['it is not a JSON object'] };
  const { cluster, addresses, probe, dialAt } = found;
  const bundle = bundleOf('caBundle', found.caBundle, now);
  const problems = [
    ...clusterProblems(cluster),
    ...bundle.problems,
    ...addressProblems(addresses),
    ...(dialAt === undefined ? [] : addressProblems(dialAt)),
    ...probeProblems(probe),
  ];
  if (problems.length > 0) return { problems };
  return {
    value: {
      link,
      cluster: cluster as string,
      caBundle: bundle.text,
      addresses: plain(addresses as Address[]),
      ...(found.published === true && { published: true }),
      ...(found.dialsIn === true && { dialsIn: true }),
      ...(dialAt !== undefined && { dialAt: plain(dialAt as Address[]) }),
      probe: probe as ProbeSpec,
    },
  };
}

function clusterProblems(cluster: unknown): string[] {
  // The name becomes a DNS label of server names and a part of a CA's common name (64 characters at most).
  const valid = typeof cluster === 'string' && /^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/.test(cluster);
  return valid ? [] : [`cluster is ${shown(cluster)}, not a DNS label of at most 50 characters`];
}

/** A bundle written anew, or its problems. */
function bundleOf(
  field: string,
  pem: unknown,
  now: Date,
): { readonly text: string; readonly problems: readonly string[] } {
  try {
    return { text: judgedBundle(typeof pem === 'string' ? pem : '', now), problems: [] };
  } catch (error) {
    return { text: '', problems: [`${field}: ${(error as Error).message}`] };
  }
}

function addressProblems(addresses: unknown): string[] {
  if (!Array.isArray(addresses)) return ['addresses is not a list'];
  if (addresses.length > maxAddresses)
    return [`addresses holds ${addresses.length}, at most ${maxAddresses} may be`];
  return addresses.flatMap((address: unknown, index) => {
    const { host, port } = isFields(address) ? address : ({} as Fields);
    const named = typeof host === 'string' && /^[A-Za-z0-9_.:-]{1,253}$/.test(host);
    const numbered = Number.isInteger(port) && (port as number) > 0 && (port as number) < 65536;
    return [
      ...(named ? [] : [`addresses[${index}].host is ${shown(host)}, not an IP address or host name`]),
      ...(numbered ? [] : [`addresses[${index}].port is ${shown(port)}, not a port`]),
    ];
  });
}

function probeProblems(probe: unknown): string[] {
  const fields: readonly (keyof ProbeSpec)[] = ['period', 'timeout', 'failureThreshold', 'successThreshold'];
  const found = isFields(probe) ? probe : {};
  return fields
    .filter((field) => !Number.isInteger(found[field]) || (found[field] as number) < 1)
    .map((field) => `probe.${field} is ${shown(found[field])}, not a whole number above 0`);
}

/** Addresses with host and port alone, without other fields of the input. */
function plain(addresses: readonly Address[]): Address[] {
  return addresses.map(({ host, port }) => ({ host, port }));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A foreign value for a message: quoted, and cut so that it cannot fill a condition. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
