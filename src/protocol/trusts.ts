import { fingerprintOf, maxBundle, readCertificates } from '../pki/bundle.js';

/**
 * Request header of the peer channel in which a caller names the CAs of the called cluster that it trusts: SHA-256
 * fingerprints in hex, separated by commas. With it, a cluster that is only called learns that its peers have
 * followed a rotation of its CA. Callers of an older version do not send it.
 */
export const trustsHeader = 'service-mirror-trusts';

/** The header's value for a peer's bundle; empty when that cannot be read. */
export function writeTrusts(caBundle: string): string {
  try {
    return readCertificates(caBundle).map(fingerprintOf).join();
  } catch {
    return '';
  }
}

/** Reads the header; leaves out what is no fingerprint, and more than a bundle can hold. */
export function readTrusts(value: string | readonly string[] | undefined): readonly string[] {
  const texts = typeof value === 'string' ? value.split(',') : (value ?? []);
  const prints = texts.map((text) => text.trim().toLowerCase()).filter((text) => /^[0-9a-f]{64}$/.test(text));
  return [...new Set(prints)].slice(0, maxBundle);
}
