import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { BundleError, readBundle, readCertificates, writeBundle } from './bundle.js';
import { namesOf } from './names.js';
import { clockSkew, profileOf, type LeafRole, usageIds } from './profile.js';
import { findRoot } from './verify.js';
import type { KeyPair } from './keypair.js';

/** The texts of a leaf's Secret that cert-manager, SPIRE or somebody else keeps; a missing one is undefined. */
export interface Given {
  readonly 'tls.crt'?: string | undefined;
  readonly 'tls.key'?: string | undefined;
  readonly 'ca.crt'?: string | undefined;
}

/** The texts in the data of a Secret, whose values are base64. */
export function givenIn(data: Readonly<Record<string, string>> | undefined): Given {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

/**
 * The problems of a leaf that the operator did not make; each sentence begins with the field and ends with the fix.
 * None: our processes and peers can use the leaf. It may have more names than the role needs, but only one URI,
 * because a leaf stands for one identity. A leaf that becomes valid within {@link clockSkew} counts as valid, since
 * its issuer's clock may be ahead of ours.
 */
export function givenProblems(given: Given, role: LeafRole, at: { cluster: string; now: Date }): string[] {
  const missing = (['tls.crt', 'tls.key', 'ca.crt'] as const).filter((field) => !given[field]);
  if (missing.length > 0)
    return missing.map((field) =>
      field === 'ca.crt'
        ? 'ca.crt is missing: it must hold the root under which the certificate stands; an issuer that does not write it (ACME) cannot be used'
        : `${field} is missing: let the issuer write it, or look at why it does not`,
    );
  const { 'tls.crt': cert = '', 'tls.key': key = '', 'ca.crt': ca = '' } = given;
  const chain = readAs('tls.crt', () => readCertificates(cert));
  const roots = readAs('ca.crt', () => readBundle(ca, at.now));
  const unreadable = [chain, roots].flatMap((read) => ('problem' in read ? [read.problem] : []));
  if ('problem' in chain || 'problem' in roots) return unreadable;
  const [leaf, ...intermediates] = chain.value;
  if (leaf === undefined) return ['tls.crt holds no certificate: let the issuer write it'];
  const now = soon([leaf, ...intermediates, ...roots.value], at.now);
  return [
    ...(isKeyOf(leaf, key) ? [] : ['tls.key is not the key of tls.crt: put both from the same issuance']),
    ...timeProblems([leaf, ...intermediates], now),
    ...nameProblems(leaf, role, at.cluster),
    ...(findRoot(leaf, { roots: roots.value, intermediates, now })
      ? []
      : [
          'tls.crt leads to no CA of ca.crt: append the intermediate certificates to tls.crt, or put their root into ca.crt',
        ]),
  ];
}

/**
 * A leaf without {@link givenProblems}, written anew, so that the next reader sees what was checked. A key keeps its
 * kind.
 */
export function rewritten({ 'tls.crt': cert = '', 'tls.key': key = '', 'ca.crt': ca = '' }: Given): KeyPair {
  return {
    cert: writeBundle(readCertificates(cert)),
    key: createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }) as string,
    ca: writeBundle(readCertificates(ca)),
  };
}

/** One bundle out of several, each CA once. */
export function joinBundles(bundles: readonly string[]): string {
  return writeBundle(bundles.flatMap(readCertificates));
}

function readAs<T>(field: string, read: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { problem: `${field}: ${error.message}` };
  }
}

function isKeyOf(leaf: X509Certificate, key: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** The time at which everything is valid that becomes valid within {@link clockSkew}. */
function soon(certificates: readonly X509Certificate[], now: Date): Date {
  const beginnings = certificates.map(({ validFromDate }) => validFromDate.getTime());
  const latest = now.getTime() + clockSkew;
  return new Date(Math.max(now.getTime(), ...beginnings.filter((time) => time <= latest)));
}

function timeProblems(chain: readonly X509Certificate[], now: Date): string[] {
  return chain.flatMap((certificate, index) => {
    const which = index === 0 ? 'tls.crt' : `certificate ${index + 1} of tls.crt`;
    if (certificate.validToDate <= now)
      return [`${which} expired at ${certificate.validToDate.toISOString()}: let the issuer renew it`];
    if (certificate.validFromDate > now)
      return [`${which} is not valid before ${certificate.validFromDate.toISOString()}: compare the clocks`];
    return [];
  });
}

function nameProblems(leaf: X509Certificate, role: LeafRole, cluster: string): string[] {
  const { dnsNames, uris, usages } = profileOf(role, cluster);
  const names = namesOf(leaf);
  const used = leaf.keyUsage ?? [];
  const [uri = ''] = uris;
  return [
    ...(names.uris.length === 1 && names.uris[0] === uri
      ? []
      : [`tls.crt names ${names.uris.join(', ') || 'no URI'}: issue it for the one URI ${uri}`]),
    ...dnsNames
      .filter((name) => !names.dns.includes(name))
      .map((name) => `tls.crt lacks the DNS name ${name}: add it to those it is issued for`),
    ...usages
      .filter((usage) => !used.includes(usageIds[usage]))
      .map((usage) => `tls.crt lacks the extended key usage ${usage}: add it to its usages`),
  ];
}
