import type { X509Certificate } from 'node:crypto';
import { spiffeId } from '../../api/names.js';
import { BundleError, contestedError, readBundle, writeBundle } from '../../pki/bundle.js';
import { contestedCas } from '../../pki/rivals.js';
import type { PeerRole } from '../../pki/verify.js';
import { subjectLine } from '../../pki/subject.js';
import type { Peer } from '../../protocol/peer.js';
import { bundleRefused, type NotInForce } from '../outcome.js';
import { callerKey } from './identity.js';

/** A peer that may call, with its CAs. */
export interface Caller extends Pick<Peer, 'link' | 'cluster' | 'caBundle'> {
  readonly cas: readonly X509Certificate[];
}

/** The peers that can be distinguished, and the others. */
export interface Callers {
  readonly callers: readonly Caller[];
  readonly missing: readonly NotInForce[];
}

/**
 * Reads the CAs of all peers and leaves out peers with a contested CA ({@link contestedCas}). Peers under one shared
 * CA are distinguished by their names.
 */
export function readCallers(peers: readonly Peer[], now: Date): Callers {
  const missing: NotInForce[] = [];
  const read = peers.flatMap(({ link, cluster, caBundle }) => {
    try {
      const cas = readBundle(caBundle, now);
      return [{ link, cluster, caBundle: writeBundle(cas), cas }];
    } catch (cause) {
      if (!(cause instanceof BundleError)) throw cause;
      missing.push(bundleRefused(link, cause));
      return [];
    }
  });
  const contested = contestedCas(read.map(({ cas }) => cas));
  const byKey = Map.groupBy(read, ({ cluster }) => cluster);
  const callers = read.filter(({ link, cluster, cas }) => {
    const copy = cas.find((ca) => contested.has(ca));
    if (copy !== undefined) missing.push(bundleRefused(link, contestedError(copy)));
    const twins = (byKey.get(cluster) ?? []).filter((other) => other.link !== link && shareCa(other, cas));
    if (twins.length > 0) missing.push(duplicateOf(link, twins[0]!.link));
    return copy === undefined && twins.length === 0;
  });
  return { callers, missing };
}

function duplicateOf(link: string, other: string): NotInForce {
  const message = `link ${link}: link ${other} stands for the same peer`;
  return { kind: 'link', link, reason: 'PeerDuplicate', message };
}

/** The map from the names in a certificate to the caller: each peer has gateways, and an operator. */
export function callerMap(
  callers: readonly Caller[],
  name: (caller: Caller, role: PeerRole) => string,
): Map<string, string> {
  const ofRole = (caller: Caller, role: PeerRole) =>
    caller.cas.map((ca) => [callerKey(ca, spiffeId(caller.cluster, role)), name(caller, role)] as const);
  return new Map(callers.flatMap((caller) => [...ofRole(caller, 'gateway'), ...ofRole(caller, 'operator')]));
}

function shareCa(other: Caller, cas: readonly X509Certificate[]): boolean {
  return other.cas.some((ca) => cas.some((mine) => subjectLine(mine) === subjectLine(ca)));
}
