import { X509Certificate } from 'node:crypto';

/** What is wrong with a PEM bundle. */
export type BundleFault = 'Empty' | 'NotPem' | 'PrivateKey' | 'TooMany' | 'Unreadable' | 'NotCa' | 'Expired';

/** A bundle that cannot be trusted; the message names the fault and the certificate, never its content. */
export class BundleError extends Error {
  readonly fault: BundleFault;

  constructor(fault: BundleFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BundleError';
    this.fault = fault;
  }
}

/** Most certificates in one bundle; more is a bundle of the public web, pasted by mistake. */
export const maxBundle = 32;

const block = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/**
 * Reads every certificate of a PEM text (RFC 7468); text between the blocks is ignored.
 *
 * @throws BundleError when it is empty, not PEM, holds a private key or more than {@link maxBundle} certificates.
 */
export function readCertificates(pem: string): X509Certificate[] {
  if (pem.trim() === '') throw new BundleError('Empty', 'the bundle is empty: it needs a PEM certificate');
  const blocks = [...pem.matchAll(block)];
  if (blocks.some(([, type]) => type?.endsWith('PRIVATE KEY')))
    throw new BundleError('PrivateKey', 'the bundle holds a private key: remove it, and replace that key');
  const certificates = blocks.filter(([, type]) => type === 'CERTIFICATE').map(([text]) => text);
  if (certificates.length === 0)
    throw blocks.length === 0
      ? new BundleError(
          'NotPem',
          'the bundle is not PEM: no block that begins with -----BEGIN CERTIFICATE-----',
        )
      : new BundleError('Empty', 'the bundle has PEM blocks, but no certificate among them');
  if (certificates.length > maxBundle)
    throw new BundleError(
      'TooMany',
      `the bundle holds ${certificates.length} certificates, at most ${maxBundle} may be`,
    );
  return certificates.map((text, index) => {
    try {
      return new X509Certificate(text);
    } catch (cause) {
      throw new BundleError('NotPem', `certificate ${index + 1} of the bundle cannot be read`, { cause });
    }
  });
}

/**
 * Reads the CAs of a bundle, in its order. Expired ones are left out, since the old CA of a rotation may expire while
 * the new one carries on.
 *
 * @throws BundleError as {@link readCertificates}, and when a certificate has no readable key or end, when one is no CA,
 * or when all have expired.
 */
export function readBundle(pem: string, now: Date): X509Certificate[] {
  const certificates = readCertificates(pem);
  const odd = certificates.findIndex((certificate) => !hasKeyAndEnd(certificate));
  if (odd >= 0)
    throw new BundleError(
      'Unreadable',
      `certificate ${odd + 1} of the bundle has a public key or an end of its life that cannot be read`,
    );
  const leaf = certificates.find((certificate) => !certificate.ca);
  if (leaf)
    throw new BundleError(
      'NotCa',
      `${subjectOf(leaf)} is not a CA: the bundle must hold CA certificates only`,
    );
  const live = certificates.filter((certificate) => certificate.validToDate > now);
  if (live.length === 0) {
    const last = certificates.reduce((a, b) => (a.validToDate > b.validToDate ? a : b));
    throw new BundleError('Expired', `${subjectOf(last)} expired at ${last.validToDate.toISOString()}`);
  }
  return live;
}

/** The CAs of a bundle as {@link readBundle} reads them; none when it cannot: nobody is let in by such a bundle. */
export function readableCas(pem: string, now: Date): X509Certificate[] {
  try {
    return readBundle(pem, now);
  } catch {
    return [];
  }
}

/**
 * OpenSSL reads a certificate without these two, which fail only when they are asked for; of an end that is no time,
 * `validToDate` is whatever lay in memory.
 */
function hasKeyAndEnd(certificate: X509Certificate): boolean {
  try {
    return certificate.publicKey.type === 'public' && !Number.isNaN(Date.parse(certificate.validTo));
  } catch {
    return false;
  }
}

/** SHA-256 of the DER form, 64 lower-case hex digits. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** The subject in one line, to be read by people. */
export function subjectOf(certificate: X509Certificate): string {
  return certificate.subject ? certificate.subject.replaceAll('\n', ', ') : 'a certificate without subject';
}
