import { X509Certificate } from 'node:crypto';
import { certificates } from '../api/formats.js';
import { pemBlocks } from './pem.js';
import { subjectProblem } from './subject.js';

/** What is wrong with a PEM bundle. */
export type BundleFault =
  | 'Empty'
  | 'NotPem'
  | 'PrivateKey'
  | 'OtherBlock'
  | 'TooMany'
  | 'Unreadable'
  | 'NotCa'
  | 'Subject'
  | 'TooLong'
  | 'Contested'
  | 'Expired';

/** A bundle that cannot be trusted. The message names the fault and the certificate, never the content. */
export class BundleError extends Error {
  readonly fault: BundleFault;

  constructor(fault: BundleFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BundleError';
    this.fault = fault;
  }
}

/** Most certificates in one bundle. A larger bundle is most likely one of the public web, pasted by mistake. */
export const maxBundle = 32;

const label = 'CERTIFICATE';

/**
 * Reads every certificate of a PEM text (RFC 7468); ignores text between the blocks. OpenSSL reads blocks of other
 * kinds as certificates, too (`X509 CERTIFICATE`, `TRUSTED CERTIFICATE`), and skips some that are read here. So what
 * goes to others is written anew, by {@link writeBundle}.
 *
 * @throws BundleError when it is empty, not PEM, holds another block than certificates or more than {@link maxBundle}.
 */
export function readCertificates(pem: string): X509Certificate[] {
  if (pem.trim() === '') throw new BundleError('Empty', 'the bundle is empty: it needs a PEM certificate');
  const blocks = pemBlocks(pem);
  if (blocks.some((block) => block.label.endsWith('PRIVATE KEY')))
    throw new BundleError('PrivateKey', 'the bundle holds a private key: remove it, and replace that key');
  const other = blocks.find((block) => block.label !== label);
  if (other !== undefined)
    throw new BundleError(
      'OtherBlock',
      `the bundle holds a PEM block of another kind, -----BEGIN ${shown(other.label)}-----: only CERTIFICATE may be; write certificates with openssl x509`,
    );
  if (blocks.length === 0)
    throw new BundleError(
      'NotPem',
      'the bundle is not PEM: no block that begins with -----BEGIN CERTIFICATE-----',
    );
  if (blocks.length > maxBundle)
    throw new BundleError(
      'TooMany',
      `the bundle holds ${blocks.length} certificates, at most ${maxBundle} may be`,
    );
  return blocks.map(({ der }, index) => certificateOf(der, index + 1));
}

function shown(foreign: string): string {
  return foreign.replaceAll(/[^ -~]/g, '?').slice(0, 40);
}

function certificateOf(der: Buffer | undefined, place: number): X509Certificate {
  const unreadable = (options?: ErrorOptions) =>
    new BundleError('NotPem', `certificate ${place} of the bundle cannot be read`, options);
  if (der === undefined) throw unreadable();
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
  } catch (cause) {
    throw unreadable({ cause });
  }
  // the block may hold more than a certificate, or another certificate inside of it
  if (!certificate.raw.equals(der)) throw unreadable();
  return certificate;
}

/** PEM of exactly these certificates, each once, in their order: the same certificates always give the same text. */
export function writeBundle(list: readonly X509Certificate[]): string {
  const once = new Map(list.map((certificate) => [fingerprintOf(certificate), certificate]));
  return [...once.values()].map((certificate) => certificate.toString()).join('');
}

/**
 * Reads the CAs of a bundle, in its order. Leaves out expired CAs, since the old CA of a rotation may expire while
 * the new one is still good.
 *
 * @throws BundleError as {@link readCertificates}, and when a certificate has no readable key or end, when one is no CA or
 * has a subject that cannot be told from others, or when all have expired.
 */
export function readBundle(pem: string, now: Date): X509Certificate[] {
  const all = readCertificates(pem);
  const odd = all.findIndex((certificate) => !hasKeyAndEnd(certificate));
  if (odd >= 0)
    throw new BundleError(
      'Unreadable',
      `certificate ${odd + 1} of the bundle has a public key or an end of its life that cannot be read`,
    );
  const leaf = all.find((certificate) => !certificate.ca);
  if (leaf)
    throw new BundleError(
      'NotCa',
      `${subjectOf(leaf)} is not a CA: the bundle must hold CA certificates only`,
    );
  for (const [index, certificate] of all.entries()) {
    const problem = subjectProblem(certificate);
    if (problem !== undefined)
      throw new BundleError(
        'Subject',
        `the subject of certificate ${index + 1} of the bundle ${problem}: use a CA with another name`,
      );
  }
  const live = all.filter((certificate) => certificate.validToDate > now);
  if (live.length === 0) {
    const last = all.reduce((a, b) => (a.validToDate > b.validToDate ? a : b));
    throw new BundleError('Expired', `${subjectOf(last)} expired at ${last.validToDate.toISOString()}`);
  }
  return live;
}

/**
 * A bundle written anew from the CAs that {@link readBundle} accepts; nothing else of it goes to others.
 *
 * @throws BundleError as {@link readBundle}, and when there is more of it than a Link may pin.
 */
export function judgedBundle(pem: string, now: Date): string {
  const { maxLength } = certificates;
  const text = pem.length > maxLength ? pem : writeBundle(readBundle(pem, now));
  if (text.length <= maxLength) return text;
  throw new BundleError(
    'TooLong',
    `the bundle is ${text.length} characters long, at most ${maxLength} may be`,
  );
}

/**
 * The CAs of a bundle as {@link readBundle} reads them; none if it refuses the bundle, so that a bad bundle lets
 * nobody in.
 */
export function readableCas(pem: string, now: Date): X509Certificate[] {
  try {
    return readBundle(pem, now);
  } catch {
    return [];
  }
}

/**
 * OpenSSL reads a certificate even if these two are broken, and fails only when they are read. If an end is not a
 * time, `validToDate` is whatever was in memory.
 */
function hasKeyAndEnd(certificate: X509Certificate): boolean {
  try {
    return certificate.publicKey.type === 'public' && !Number.isNaN(Date.parse(certificate.validTo));
  } catch {
    return false;
  }
}

/** The reason for not trusting a peer that has a CA which could be taken for a CA of another peer. */
export function contestedError(ca: X509Certificate): BundleError {
  return new BundleError(
    'Contested',
    `another peer has a CA of the subject ${subjectOf(ca)} that is not the same`,
  );
}

/** SHA-256 of the DER form, 64 lower-case hex digits. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** The subject in one line, for people. */
export function subjectOf(certificate: X509Certificate): string {
  return certificate.subject ? certificate.subject.replaceAll('\n', ', ') : 'a certificate without subject';
}

/** SHA-256 fingerprints of the CAs of a bundle; none when it cannot be read. */
export function fingerprints(bundle: string, now: Date): string[] {
  return readableCas(bundle, now).map(fingerprintOf);
}
