import { protocolVersion } from '../../protocol/serviceid.js';
import { fingerprintOf, readCertificates } from '../../pki/bundle.js';
import type { Identity } from '../../protocol/identity.js';
import type { Peer } from '../../protocol/peer.js';
import type { PeerReport } from '../../protocol/report.js';
import type { Export } from '../model.js';

/** What the answers to peers follow from: our own identity, who they are, and what is in force. */
export interface ReportInput {
  readonly own: Identity;
  readonly peers: readonly Peer[];
  readonly exports: readonly Export[];
}

/** Makes the answers to peers of one state, each when it is first asked for; undefined for a link without a peer. */
export function createReports({
  own,
  peers,
  exports,
}: ReportInput): (link: string) => PeerReport | undefined {
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
        .filter(({ allow }) => allow.has(link))
        .map(({ serviceId }) => serviceId)
        .sort(),
      caFingerprints: readCertificates(peer.caBundle).map(fingerprintOf),
      addresses: own.addresses,
    };
    reports.set(link, report);
    return report;
  };
}
