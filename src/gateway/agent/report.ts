import { isDeepStrictEqual } from 'node:util';
import { protocolVersion } from '../../protocol/serviceid.js';
import { fingerprintOf, readCertificates } from '../../pki/bundle.js';
import type { Identity } from '../../protocol/identity.js';
import type { Peer } from '../../protocol/peer.js';
import type { PeerReport } from '../../protocol/report.js';
import { differing, ImmutableMap } from '../../runtime/immutable.js';
import { exportsById } from '../exports.js';
import type { Export, Exports } from '../model.js';
import type { NotInForce } from '../outcome.js';

/** The input of the reports to peers: our own identity, the peers, and what they may reach. */
export interface ReportInput {
  readonly own: Identity;
  readonly peers: readonly Pick<Peer, 'link' | 'caBundle'>[];
  readonly exports: Exports;
  /** The parts that are not in force, which are not reported. */
  readonly missing: readonly NotInForce[];
}

/** The reports to peers. */
export interface Reports {
  /** Takes what is in force now. Of CAs that wait, the ones before are still reported. */
  update(now: ReportInput): void;
  /** The report to the peer of a link; undefined for a link without one. The same object while it says the same. */
  to(link: string): PeerReport | undefined;
}

interface State {
  readonly own: Identity;
  readonly exports: ImmutableMap<string, Export>;
  /** Service IDs that are not in force. */
  readonly unserved: ReadonlySet<string>;
}

interface Told {
  readonly of: State;
  readonly report: PeerReport;
}

/** Makes reports when they are asked for, each out of the one before: a change costs what it touches. */
export function createReports(): Reports {
  let state: State | undefined;
  /** By link: the fingerprints of the CAs that are in force. */
  let accepted: ReadonlyMap<string, readonly string[]> = new Map();
  const told = new Map<string, Told>();
  const fingerprints = createFingerprints();

  function report(link: string, of: State, caFingerprints: readonly string[]): PeerReport {
    const before = told.get(link);
    const { cluster, uid, addresses } = of.own;
    const serviceIds = serviceIdsOf(link, of, before);
    const fresh = { protocol: protocolVersion, cluster, uid, serviceIds, caFingerprints, addresses } as const;
    return before !== undefined && isSame(before.report, fresh) ? before.report : fresh;
  }

  return {
    update({ own, peers, exports, missing }) {
      const unserved = new Set(missing.flatMap((part) => (part.kind === 'export' ? [part.serviceId] : [])));
      const kindOf = new Map(
        missing.flatMap((part) =>
          part.kind === 'link' || part.kind === 'bundle' ? [[part.link, part.kind]] : [],
        ),
      );
      state = { own, exports: exportsById(exports), unserved };
      accepted = new Map(
        peers.map(({ link, caBundle }) => {
          const kind = kindOf.get(link);
          if (kind === 'link') return [link, []];
          return [link, kind === 'bundle' ? (accepted.get(link) ?? []) : fingerprints.of(link, caBundle)];
        }),
      );
      for (const link of told.keys()) if (!accepted.has(link)) told.delete(link);
      fingerprints.keepOnly(accepted);
    },
    to(link) {
      const caFingerprints = accepted.get(link);
      if (state === undefined || caFingerprints === undefined) return undefined;
      const known = told.get(link);
      if (known?.of === state) return known.report;
      const made = report(link, state, caFingerprints);
      told.set(link, { of: state, report: made });
      return made;
    },
  };
}

/** Fingerprints of bundles, and those of the last bundle of each link again. */
function createFingerprints() {
  const known = new Map<string, { readonly bundle: string; readonly prints: readonly string[] }>();
  return {
    of(link: string, bundle: string): readonly string[] {
      const last = known.get(link);
      if (last?.bundle === bundle) return last.prints;
      const prints = readCertificates(bundle).map(fingerprintOf);
      known.set(link, { bundle, prints });
      return prints;
    },
    /** Forgets the bundles of other links: those are gone. */
    keepOnly(links: ReadonlyMap<string, unknown>) {
      for (const link of known.keys()) if (!links.has(link)) known.delete(link);
    },
  };
}

/** The service IDs that a link's peer may reach, sorted. */
function serviceIdsOf(
  link: string,
  { exports, unserved }: State,
  before: Told | undefined,
): readonly string[] {
  const known = before ?? { of: nothing, report: { serviceIds: [] } };
  const isTold = (id: string, of: Pick<State, 'exports' | 'unserved'>) =>
    of.exports.get(id)?.allow.has(link) === true && !of.unserved.has(id);
  const changed = new Set([...differing(known.of.exports, exports), ...known.of.unserved, ...unserved]);
  const touched = new Set(
    [...changed].filter((id) => isTold(id, known.of) !== isTold(id, { exports, unserved })),
  );
  if (touched.size === 0) return known.report.serviceIds;
  const come = [...touched].filter((id) => isTold(id, { exports, unserved }));
  return [...known.report.serviceIds.filter((id) => !touched.has(id)), ...come.sort()].sort();
}

const nothing: Pick<State, 'exports' | 'unserved'> = { exports: ImmutableMap.of(), unserved: new Set() };

/** Whether two reports say the same; lists of service IDs that say the same are the same. */
function isSame({ serviceIds: ids, ...one }: PeerReport, { serviceIds, ...other }: PeerReport): boolean {
  return ids === serviceIds && isDeepStrictEqual(one, other);
}
