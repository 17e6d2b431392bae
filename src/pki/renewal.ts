import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { readBundle, readCertificates } from './bundle.js';
import { caChainOf } from './ca.js';
import { namesOf } from './names.js';
import { type Profile, profileOf, type LeafRole, roles, usageIds } from './profile.js';
import { findRoot } from './verify.js';
import type { KeyPair } from './keypair.js';

/**
 * Reasons to issue a leaf. `Old`: two thirds of its life are over. `StaleBundle`: the leaf is good, but the CA bundle
 * in the Secret is not the current one.
 */
export type LeafDue = 'Absent' | 'Broken' | 'WrongNames' | 'NotUnderCa' | 'Old' | 'StaleBundle';

/** Reasons why a CA cannot sign. The operator may fix only `Absent` by itself: peers trust a CA that is there. */
export type AuthorityDue = 'Absent' | 'Broken' | 'NotCa' | 'Expired' | 'NotUnderBundle';

/** The content of the operator's Secrets. */
export interface Held {
  readonly authority: KeyPair;
  readonly leaves: Readonly<Partial<Record<LeafRole, KeyPair | undefined>>>;
}

/** The leaves that have to be issued now, with the reason. */
export function dueLeaves(
  { authority, leaves }: Held,
  at: { cluster: string; now: Date },
): Map<LeafRole, LeafDue> {
  const due = new Map<LeafRole, LeafDue>();
  for (const role of roles) {
    const reason = leafDue(leaves[role], authority, { profile: profileOf(role, at.cluster), now: at.now });
    if (reason) due.set(role, reason);
  }
  return due;
}

/** The reason to issue this leaf under this authority; undefined: the leaf is good. */
export function leafDue(
  leaf: KeyPair | undefined,
  authority: KeyPair,
  { profile, now }: { profile: Profile; now: Date },
): LeafDue | undefined {
  if (!leaf) return 'Absent';
  const certificate = readPair(leaf);
  if (!certificate) return 'Broken';
  if (!saysOnly(certificate, profile)) return 'WrongNames';
  const issuer = readPair(authority);
  if (!issuer || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
    return 'NotUnderCa';
  if (!leaf.cert.endsWith(caChainOf(authority))) return 'NotUnderCa';
  if (now >= renewAt(certificate)) return 'Old';
  return leaf.ca === authority.ca ? undefined : 'StaleBundle';
}

/** The reason why this CA cannot sign; undefined: it can. */
export function authorityDue(authority: KeyPair | undefined, now: Date): AuthorityDue | undefined {
  if (!authority) return 'Absent';
  const certificate = readPair(authority);
  if (!certificate) return 'Broken';
  if (!certificate.ca) return 'NotCa';
  if (certificate.validToDate <= now) return 'Expired';
  return isUnder(authority, now) ? undefined : 'NotUnderBundle';
}

/**
 * Whether peers that trust the bundle can verify what this CA signs. The CA may stand under a root that somebody else
 * keeps.
 */
function isUnder({ cert, ca }: KeyPair, now: Date): boolean {
  try {
    const [signing, ...intermediates] = readCertificates(cert);
    const roots = readBundle(ca, now);
    return signing !== undefined && findRoot(signing, { roots, intermediates, now }) !== undefined;
  } catch {
    return false;
  }
}

/** The time at which two thirds of a certificate's life are over. */
export function renewAt({ validFromDate, validToDate }: X509Certificate): Date {
  const from = validFromDate.getTime();
  return new Date(from + ((validToDate.getTime() - from) * 2) / 3);
}

/** The first time at which a good leaf becomes `Old`; undefined when no leaf can be read. */
export function nextRenewal(leaves: Held['leaves']): Date | undefined {
  const times = Object.values(leaves).flatMap((leaf) => {
    const certificate = leaf && readPair(leaf);
    return certificate ? [renewAt(certificate).getTime()] : [];
  });
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** The leaf of a pair, if it can be read and matches its key. */
function readPair({ cert, key }: KeyPair): X509Certificate | undefined {
  try {
    const [certificate] = readCertificates(cert);
    return certificate?.checkPrivateKey(createPrivateKey(key)) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

function saysOnly(certificate: X509Certificate, { commonName, dnsNames, uris, usages }: Profile): boolean {
  const names = namesOf(certificate);
  return (
    certificate.subject === `CN=${commonName}` &&
    sameSet(names.dns, dnsNames) &&
    sameSet(names.uris, uris) &&
    sameSet(
      certificate.keyUsage ?? [],
      usages.map((usage) => usageIds[usage]),
    )
  );
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().join(' ') === b.toSorted().join(' ');
}
