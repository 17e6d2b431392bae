import { protocolVersion } from '../../protocol/serviceid.js';
import { fingerprintOf, readCertificates } from '../../pki/bundle.js';
import type { Identity } from '../../protocol/identity.js';
import type { Peer } from '../../protocol/peer.js';
import type { PeerReport } from '../../protocol/report.js';
import type { Export } from '../model.js';
import type { NotInForce } from '../outcome.js';

/** The input of the reports to peers: our own identity, the peers, and what they may reach. */
export interface ReportInput {
  readonly own: Identity;
  readonly peers: readonly Peer[];
  readonly exports: readonly Export[];
  /** The parts that are not in force, which are not reported. */
  readonly missing: readonly NotInForce[];
}

/** The report to the peer of a link; undefined for a link without one. */
export type Reports = (link: string) => PeerReport | undefined;

/**
 * Makes the reports to the peers of one state, each when it is first needed.
 *
 * @param before the reports of the state before: they still give the CAs while new ones are not in force
 */
export function createReports({ own, peers, exports, missing }: ReportInput, before: Reports): Reports {
  const unserved = new Set(missing.flatMap((part) => (part.kind === 'export' ? [part.serviceId] : [])));
  const former = new Map(
    missing.flatMap((part) => {
      if (part.kind === 'link') return [[part.link, []] as const];
      if (part.kind === 'bundle') return [[part.link, before(part.link)?.caFingerprints ?? []] as const];
      return [];
    }),
  );
  const reports = new Map<string, PeerReport>();
  return (link) => {
    const known = reports.get(link);
    const peer = peers.find((one) => one.link === link);
    if (known !== undefined || peer === undefined) return known;
    const report: PeerReport = {
      protocol: protocolVersion,
      cluster: own.cluster,
      uid: own.uid,
      serviceIds: exports
        .filter(({ allow, serviceId }) => allow.has(link) && !unserved.has(serviceId))
        .map(({ serviceId }) => serviceId)
        .sort(),
      caFingerprints: former.get(link) ?? readCertificates(peer.caBundle).map(fingerprintOf),
      addresses: own.addresses,
    };
    reports.set(link, report);
    return report;
  };
}
