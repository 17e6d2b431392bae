import type { Link, LinkPeer } from '../api/link.js';
import { listen } from '../api/names.js';
import type { LinkReason } from '../api/conditions.js';
import { judgedBundle } from '../pki/bundle.js';
import type { Decoded, Identity, ResolvedPeer } from '../protocol/identity.js';
import type { Address } from '../net/address.js';
import { probeSpec } from '../net/probe/spec.js';
import { createClaims, outranked, type Claims } from './claims.js';
import { contradiction } from './contradiction.js';
import { isUnverified, stillTrusted, type PeerInput } from './memory.js';
import { createRoom, type Room } from './room.js';

/**
 * The peer of a Link, or the reason why it cannot be resolved. `kept` is the peer as it was resolved before; gateways
 * still serve it while newer facts contradict what is trusted. `remark` says why nothing newer is known of a peer.
 */
export type PeerDecision =
  | { readonly kind: 'peer'; readonly peer: ResolvedPeer; readonly uid?: string; readonly remark?: string }
  | {
      readonly kind: 'problem';
      readonly reason: LinkReason;
      readonly message: string;
      readonly kept?: ResolvedPeer;
    };

/** The peer that gateways serve for a Link. */
export function servedPeer(decision: PeerDecision | undefined): ResolvedPeer | undefined {
  return decision?.kind === 'problem' ? decision.kept : decision?.peer;
}

/** Our own identity, which no peer may claim. */
export interface OwnIdentity {
  readonly cluster: string;
  readonly uid: string;
}

/**
 * Resolves the peers of all Links of transport `gateway`. One Link stands for one peer: the Link that already does,
 * or else the oldest. No other peer may have a CA that could be taken for one of its CAs. A Link that stood for a
 * peer before keeps it, with its CAs, until it is resolved again: no other Link can take it, whatever its age and
 * whatever is published, except one that proves a key which this one does not. A peer for which there is no space
 * does not prevent changes of the others. Trust comes from the Link or from a verified connection, and never changes
 * behind a pin.
 */
export function decidePeers(
  inputs: readonly PeerInput[],
  self: OwnIdentity,
  now: Date,
): ReadonlyMap<string, PeerDecision> {
  const decisions = new Map<string, PeerDecision>();
  const claims = createClaims(now);
  const ranked = inputs
    .map((input) => {
      const kept = stillTrusted(input, now);
      return { input, kept, decision: decidePeer(input, { self, now, kept }) };
    })
    .toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const wanted = ranked.flatMap(({ kept, decision }) => [kept, servedPeer(decision)]);
  const lost = outranked(
    wanted.filter((peer) => peer !== undefined),
    now,
  );
  for (const { kept } of ranked)
    if (kept !== undefined && !lost.has(kept) && claims.conflict(kept) === undefined) claims.take(kept);
  const room = createRoom(ranked.flatMap(({ input }) => claims.of(input.link.metadata.name) ?? []));
  for (const { input, decision } of ranked) {
    const { name } = input.link.metadata;
    const peer = servedPeer(decision);
    const refusal = peer && refusalOf(peer, { claims, room, lost });
    if (peer !== undefined && refusal === undefined) claims.take(peer);
    decisions.set(
      name,
      refusal === undefined ? decision : problem(refusal.reason, refusal.message, claims.of(name)),
    );
  }
  return decisions;
}

/** The other peers and limits with which a peer must not conflict. */
interface Beside {
  readonly claims: Claims;
  readonly room: Room;
  readonly lost: ReadonlyMap<ResolvedPeer, string>;
}

/** The reason why a peer cannot be served together with the others. */
function refusalOf(
  peer: ResolvedPeer,
  { claims, room, lost }: Beside,
): { readonly reason: LinkReason; readonly message: string } | undefined {
  const conflict = lost.get(peer) ?? claims.conflict(peer);
  if (conflict !== undefined) return { reason: 'PeerConflict', message: conflict };
  const message = room.take(peer);
  return message === undefined ? undefined : { reason: 'PeersExhausted', message };
}

/** A sort key: Links that already stand for their peer come first, older ones before younger ones. */
function rank({ input, decision }: { readonly input: PeerInput; readonly decision: PeerDecision }): string {
  const { link, remembered } = input;
  const holds = remembered !== undefined && remembered.cluster === servedPeer(decision)?.cluster;
  return `${holds ? 0 : 1} ${seniority(link)}`;
}

function seniority({ metadata }: Readonly<Link>): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
}

function problem(reason: LinkReason, message: string, kept?: ResolvedPeer): PeerDecision {
  return { kind: 'problem', reason, message, ...(kept !== undefined && { kept }) };
}

/** The context in which one Link's peer is resolved. */
interface Circumstances {
  readonly self: OwnIdentity;
  readonly now: Date;
  /** The part of the earlier result that is still trusted. */
  readonly kept: ResolvedPeer | undefined;
}

function decidePeer(input: PeerInput, { self, now, kept }: Circumstances): PeerDecision {
  const { link, remembered } = input;
  const pinned = link.spec.peer;
  if (isUnverified(input)) {
    return problem(
      'InsecurePeer',
      'the credentials do not verify the API server, so the peer cannot be learned from it; set spec.peer, or put certificate-authority-data into the kubeconfig',
      kept,
    );
  }
  const published = valueOf(input.published);
  const facts = pinnedFacts(pinned) ?? published ?? kept;
  if (facts === undefined) return unknown(input);
  const uid = published?.uid;
  if (facts.cluster === self.cluster || uid === self.uid) {
    return problem(
      'SelfLink',
      `the peer calls itself "${facts.cluster}", which is this cluster; point the Link at another cluster, or give each operator its own --cluster-name`,
      kept,
    );
  }
  const mismatch = contradiction({ pinned, published, remembered, kept }, now);
  if (mismatch !== undefined) return problem('PeerMismatch', mismatch, kept);
  const caBundle = judged(facts.caBundle, now);
  if (caBundle instanceof Error)
    return problem(
      'PeerMismatch',
      `${pinned?.caBundle === undefined ? 'the published CA bundle' : 'spec.peer.caBundle'}: ${caBundle.message}`,
    );
  const dialsIn = link.spec.gateway?.direction === 'Accept';
  const known = link.spec.gateway?.addresses ?? published?.addresses ?? remembered?.addresses ?? [];
  const addresses = dialsIn ? [] : known;
  const dialAt = dialAddresses(link);
  const isPinned = pinned !== undefined || (published === undefined && kept?.pinned === true);
  const peer: ResolvedPeer = {
    link: link.metadata.name,
    cluster: facts.cluster,
    caBundle,
    addresses: addresses.map(({ host, port }) => ({ host, port })),
    ...(link.spec.gateway?.addresses === undefined && addresses.length > 0 && { published: true }),
    ...(dialsIn && { dialsIn }),
    ...(dialAt.length > 0 && { dialAt }),
    probe: probeSpec(link),
    ...(link.metadata.uid !== undefined && { linkUid: link.metadata.uid }),
    ...(isPinned && { pinned: true }),
    ...(pinned?.fingerprint !== undefined && { fingerprint: pinned.fingerprint }),
  };
  const unusable = unusableOf(input);
  return {
    kind: 'peer',
    peer,
    ...(uid !== undefined && { uid }),
    ...(unusable !== undefined && {
      remark: `${unusable}; until it can, gateways serve the peer as it was resolved before`,
    }),
  };
}

/** Where our gateways dial the peer's, if the Link says that they do. */
function dialAddresses({ spec: { gateway } }: Readonly<Link>): Address[] {
  if (gateway?.direction !== 'Dial') return [];
  const hosts = gateway.addresses?.map(({ host }) => ({ host, port: listen.dialIn }));
  return (gateway.dialAddresses ?? hosts ?? []).map(({ host, port }) => ({ host, port }));
}

/** What a pin says of a peer by itself; a fingerprint needs a peer that proves it. */
function pinnedFacts(pinned: LinkPeer | undefined): Pick<Identity, 'cluster' | 'caBundle'> | undefined {
  if (pinned?.caBundle === undefined) return undefined;
  return { cluster: pinned.cluster, caBundle: pinned.caBundle };
}

function valueOf(published: Decoded<Identity> | undefined): Identity | undefined {
  return published !== undefined && 'value' in published ? published.value : undefined;
}

/** The problem of the published identity, if it has one. */
function unusableOf({ published }: PeerInput): string | undefined {
  if (published === undefined || !('problems' in published)) return undefined;
  return `what the remote cluster publishes in ConfigMap service-mirror-identity cannot be used: ${published.problems.join('; ')}`;
}

function unknown(input: PeerInput): PeerDecision {
  const unusable = unusableOf(input);
  if (unusable !== undefined) return problem('Pending', unusable);
  const { peer, credentialsSecretRef } = input.link.spec;
  if (peer !== undefined)
    return problem(
      'Pending',
      `waits until the gateway of cluster "${peer.cluster}" has proven its CA by spec.peer.fingerprint; condition Connected says why it has not`,
    );
  if (credentialsSecretRef === undefined) {
    return problem(
      'Pending',
      'the peer is not known; set spec.peer to its cluster name and CA bundle (its ConfigMap service-mirror-identity has both)',
    );
  }
  return problem(
    'Pending',
    'the remote cluster publishes no ConfigMap service-mirror-identity yet; install service-mirror there, or set spec.peer and spec.gateway.addresses',
  );
}

function judged(bundle: string, now: Date): string | Error {
  try {
    return judgedBundle(bundle, now);
  } catch (error) {
    return error as Error;
  }
}
