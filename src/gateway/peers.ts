import type { X509Certificate } from 'node:crypto';
import type { Link } from '../api/link.js';
import type { LinkReason } from '../api/conditions.js';
import { Probe } from '../api/link.js';
import { parseDuration } from '../api/duration.js';
import { fingerprintOf, readBundle, subjectOf } from './mtls/bundle.js';
import type { Decoded, Identity } from './mtls/identity.js';
import { lookalike } from './mtls/lookalike.js';
import type { Peer, ProbeSpec } from './model.js';

/** What is known of the other side of one Link. */
export interface PeerInput {
  readonly link: Readonly<Link>;
  /** What the remote cluster publishes; absent: not seen. */
  readonly published?: Decoded<Identity>;
  /** Whether it was read over a connection whose certificate was verified. */
  readonly verified: boolean;
  /** The peer as it was settled before, for while the remote cluster cannot be seen. */
  readonly remembered?: Peer;
}

/**
 * Who the other side of a Link is, or why that is not settled. `kept` is the peer that it was settled to be before, and
 * that is served on: what is said of it now is contradicted by what is trusted.
 */
export type PeerVerdict =
  | { readonly kind: 'peer'; readonly peer: Peer; readonly uid?: string }
  | {
      readonly kind: 'problem';
      readonly reason: LinkReason;
      readonly message: string;
      readonly kept?: Peer;
    };

/** The peer that gateways serve for a Link. */
export function servedPeer(verdict: PeerVerdict | undefined): Peer | undefined {
  return verdict?.kind === 'problem' ? verdict.kept : verdict?.peer;
}

/** Who we are, as far as a peer may not claim to be it. */
export interface OwnIdentity {
  readonly cluster: string;
  readonly uid: string;
}

/**
 * Settles who is who over all Links of transport `gateway`. One Link stands for one peer: the one that does so already,
 * or else the oldest; and nobody after it may have a CA that could be taken for one of its own. Trust is taken from the
 * Link, or learned over a verified connection, and never changes behind a pin.
 */
export function settlePeers(
  inputs: readonly PeerInput[],
  self: OwnIdentity,
  now: Date,
): ReadonlyMap<string, PeerVerdict> {
  const verdicts = new Map<string, PeerVerdict>();
  const settled: Settled[] = [];
  const ranked = inputs
    .map((input) => ({ input, verdict: settle(input, self, now) }))
    .toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  for (const { input, verdict } of ranked) {
    const { name } = input.link.metadata;
    const peer = servedPeer(verdict);
    const conflict = peer && conflictOf(peer, settled, now);
    if (peer !== undefined && conflict === undefined) settled.push({ name, peer });
    verdicts.set(name, conflict === undefined ? verdict : problem('PeerConflict', conflict));
  }
  return verdicts;
}

/** Sorts Links that stand for their peer already before others, and each by age. */
function rank({ input, verdict }: { readonly input: PeerInput; readonly verdict: PeerVerdict }): string {
  const { link, remembered } = input;
  const holds = remembered !== undefined && remembered.cluster === servedPeer(verdict)?.cluster;
  return `${holds ? 0 : 1} ${seniority(link)}`;
}

/** A Link and the peer that it stands for, or wants to. */
interface Settled {
  readonly name: string;
  readonly peer: Peer;
}

/** Why a peer cannot be served beside those of the Links before, if so. */
function conflictOf(peer: Peer, before: readonly Settled[], now: Date): string | undefined {
  const holder = before.find((other) => other.peer.cluster === peer.cluster);
  if (holder !== undefined)
    return `Link "${holder.name}" already stands for cluster "${peer.cluster}"; delete one of the two`;
  const cas = casOf(peer, now);
  for (const other of before) {
    const copy = lookalike(cas, casOf(other.peer, now));
    if (copy !== undefined)
      return `its CA ${subjectOf(copy)} has the name of a CA of Link "${other.name}", and another key; one of the two clusters needs a CA of its own name`;
  }
  return undefined;
}

/** None when the bundle cannot be read: then nobody is let in by it. */
function casOf({ caBundle }: Peer, now: Date): X509Certificate[] {
  try {
    return readBundle(caBundle, now);
  } catch {
    return [];
  }
}

function seniority({ metadata }: Readonly<Link>): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
}

function problem(reason: LinkReason, message: string, kept?: Peer): PeerVerdict {
  return { kind: 'problem', reason, message, ...(kept !== undefined && { kept }) };
}

function settle(input: PeerInput, self: OwnIdentity, now: Date): PeerVerdict {
  const { link, verified, remembered } = input;
  const pinned = link.spec.peer;
  if (pinned === undefined && input.published !== undefined && !verified) {
    return problem(
      'InsecurePeer',
      'the credentials do not verify the API server, so who the peer is cannot be learned from it; set spec.peer, or put certificate-authority-data into the kubeconfig',
    );
  }
  const published = valueOf(input.published);
  const facts = pinned ?? published ?? remembered;
  if (facts === undefined) return unknown(input);
  const uid = published?.uid;
  const kept = stillTrusted(pinned, remembered);
  if (facts.cluster === self.cluster || uid === self.uid) {
    return problem(
      'SelfLink',
      `the peer calls itself "${facts.cluster}", which is this cluster; point the Link at another cluster, or give each operator its own --cluster-name`,
      kept,
    );
  }
  const mismatch = contradiction(pinned, published, now) ?? renaming(pinned, published, remembered);
  if (mismatch !== undefined) return problem('PeerMismatch', mismatch, kept);
  const broken = bundleProblem(facts.caBundle, now);
  if (broken !== undefined)
    return problem(
      'PeerMismatch',
      `${pinned === undefined ? 'the published CA bundle' : 'spec.peer.caBundle'}: ${broken}`,
    );
  const addresses = link.spec.gateway?.addresses ?? published?.addresses ?? remembered?.addresses ?? [];
  const peer: Peer = {
    link: link.metadata.name,
    cluster: facts.cluster,
    caBundle: facts.caBundle,
    addresses: addresses.map(({ host, port }) => ({ host, port })),
    probe: probeSpec(link),
  };
  return { kind: 'peer', peer, ...(uid !== undefined && { uid }) };
}

/** The peer as it was settled before, unless a pin has come to say something else. */
function stillTrusted(pinned: Link['spec']['peer'], remembered: Peer | undefined): Peer | undefined {
  if (remembered === undefined || pinned === undefined) return remembered;
  const same = pinned.cluster === remembered.cluster && pinned.caBundle === remembered.caBundle;
  return same ? remembered : undefined;
}

/** A cluster's name never changes: one that calls itself otherwise than before may want to be taken for another. */
function renaming(
  pinned: Link['spec']['peer'],
  published: Identity | undefined,
  remembered: Peer | undefined,
): string | undefined {
  if (pinned !== undefined || published === undefined || remembered === undefined) return undefined;
  if (published.cluster === remembered.cluster) return undefined;
  return `the remote cluster called itself "${remembered.cluster}", and now "${published.cluster}"; if that is meant, delete the Link and create it again`;
}

function valueOf(published: Decoded<Identity> | undefined): Identity | undefined {
  return published !== undefined && 'value' in published ? published.value : undefined;
}

function unknown({ link, published }: PeerInput): PeerVerdict {
  if (published !== undefined && 'problems' in published) {
    return problem(
      'Pending',
      `what the remote cluster publishes in ConfigMap service-mirror-identity cannot be used: ${published.problems.join('; ')}`,
    );
  }
  if (link.spec.credentialsSecretRef === undefined) {
    return problem(
      'Pending',
      'who the peer is is not known; set spec.peer to its cluster name and CA bundle (its ConfigMap service-mirror-identity has both)',
    );
  }
  return problem(
    'Pending',
    'the remote cluster publishes no ConfigMap service-mirror-identity yet; install service-mirror there, or set spec.peer and spec.gateway.addresses',
  );
}

function contradiction(
  pinned: Link['spec']['peer'],
  published: Identity | undefined,
  now: Date,
): string | undefined {
  if (pinned === undefined || published === undefined) return undefined;
  if (pinned.cluster !== published.cluster) {
    return `spec.peer.cluster says "${pinned.cluster}", and the remote cluster calls itself "${published.cluster}"`;
  }
  const known = fingerprints(pinned.caBundle, now);
  if (fingerprints(published.caBundle, now).some((fingerprint) => known.includes(fingerprint)))
    return undefined;
  return 'spec.peer.caBundle holds none of the CAs that the remote cluster publishes; take them from its ConfigMap service-mirror-identity';
}

/** SHA-256 fingerprints of the CAs of a bundle; none when it cannot be read. */
export function fingerprints(bundle: string, now: Date): string[] {
  try {
    return readBundle(bundle, now).map(fingerprintOf);
  } catch {
    return [];
  }
}

function bundleProblem(bundle: string, now: Date): string | undefined {
  try {
    readBundle(bundle, now);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** How the Link wants its gateway probed; what it leaves out has the defaults of {@link Probe}. */
export function probeSpec(link: Readonly<Link>): ProbeSpec {
  const probe = { ...new Probe(), ...link.spec.gateway?.probe };
  return {
    period: parseDuration(probe.period),
    timeout: parseDuration(probe.timeout),
    failureThreshold: probe.failureThreshold,
    successThreshold: probe.successThreshold,
  };
}
