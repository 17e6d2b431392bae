import { maxBundle } from '../pki/bundle.js';
import { WrongAnswerError } from '../net/probe/failure.js';
import type { Address } from '../net/address.js';
import { protocolVersion } from './serviceid.js';
import { maxAddresses } from './identity.js';

/** What `GET /v1/peer` on the peer channel answers to one caller. */
export interface PeerReport {
  readonly protocol: typeof protocolVersion;
  readonly cluster: string;
  readonly uid: string;
  /** Service IDs that this caller may reach, sorted. */
  readonly serviceIds: readonly string[];
  /** SHA-256 fingerprints (hex, lower case) of the CAs that the peer accepts from this caller. */
  readonly caFingerprints: readonly string[];
  readonly addresses: readonly Address[];
}

/** Most service IDs of one report, one for each exported port: 10,000 services with four each. */
export const maxServiceIds = 40_000;

/** Longest service ID: one part of a DNS name (RFC 1035, 2.3.4). Ours have 42 characters. */
const longestServiceId = 63;

/** Longest name or UID of a cluster, and longest host: a DNS name (RFC 1035, 2.3.4). */
const longestName = 253;

/** A fingerprint of SHA-256 in hex. */
const longestFingerprint = 64;

/**
 * Most bytes of a report. One of our service IDs takes 45 bytes of JSON, so that 10,000 take 450,000 and the largest
 * number takes 1.8 MB; everything else in a report stays below 64 KiB.
 */
export const largestReport = maxServiceIds * 45 + (64 << 10);

/**
 * Reads a report. The result keeps to the bounds, whatever a peer writes.
 *
 * @throws WrongAnswerError that says what is wrong
 */
export function decodeReport(text: string): PeerReport {
  const report = parsed(text);
  if (report.protocol !== protocolVersion) {
    throw new WrongAnswerError(
      `the peer channel speaks protocol ${shortened(report.protocol)}, we speak ${protocolVersion}: upgrade the older side`,
    );
  }
  const { cluster, uid, serviceIds, caFingerprints, addresses } = report;
  if (!isText(cluster, longestName) || !isText(uid, longestName))
    throw new WrongAnswerError('the peer channel names no cluster');
  if (Array.isArray(serviceIds) && serviceIds.length > maxServiceIds)
    throw new WrongAnswerError(
      `the peer channel tells ${serviceIds.length} service IDs, at most ${maxServiceIds} may be: export fewer ports to this cluster`,
    );
  if (
    !isList(serviceIds, maxServiceIds, (one): one is string => isText(one, longestServiceId)) ||
    !isList(caFingerprints, maxBundle, (one): one is string => isText(one, longestFingerprint)) ||
    !isList(addresses, maxAddresses, isAddress)
  ) {
    throw new WrongAnswerError('the peer channel answered something else than a report');
  }
  const plain = addresses.map(({ host, port }) => ({ host, port }));
  return { protocol: protocolVersion, cluster, uid, serviceIds, caFingerprints, addresses: plain };
}

function parsed(text: string): Readonly<Partial<Record<keyof PeerReport, unknown>>> {
  try {
    return (JSON.parse(text) as Partial<PeerReport> | null) ?? {};
  } catch (cause) {
    throw new WrongAnswerError('the peer channel answered something else than JSON', { cause });
  }
}

function shortened(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 40);
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

function isAddress(value: unknown): value is Address {
  const { host, port } = (value ?? {}) as Partial<Address>;
  return isText(host, longestName) && Number.isInteger(port);
}

function isList<T>(value: unknown, most: number, isOne: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.length <= most && value.every(isOne);
}
