import type { PeerReport } from '../../protocol/report.js';

/** A report, with its tag and hash. */
export interface PeerAnswer {
  /** The entity tag (RFC 9110, 8.8.3) that the gateway gave it. */
  readonly etag: string;
  /** SHA-256 of the body, for comparing reports of several gateways: their tags prove nothing. */
  readonly digest: string;
  readonly report: PeerReport;
}

/**
 * The kept part of an answer: of most the whole report, of some only the fields that every gateway of a peer is asked
 * for.
 */
export interface Said {
  readonly caFingerprints: readonly string[];
  readonly report?: PeerReport;
}

/**
 * Most different reports of one peer that are kept as a whole. Its gateways agree, except for moments in which an
 * export comes or goes. A peer with another report at each of its addresses would otherwise fill our memory.
 */
export const maxReports = 4;

/** The last answers of one peer's addresses. */
export interface Answers {
  /** The answer of an address, if it was kept as a whole. */
  of(address: string): PeerAnswer | undefined;
  /** Keeps an answer, and shares equal reports; returns the kept one. */
  take(address: string, answer: PeerAnswer): Said;
  forget(address: string): void;
  /** Forgets all addresses but these. */
  keep(addresses: ReadonlySet<string>): void;
}

/** No answers yet. */
export function createAnswers(): Answers {
  const answers = new Map<string, PeerAnswer>();
  return {
    of: (address) => answers.get(address),
    take(address, answer) {
      answers.delete(address);
      const others = [...answers.values()];
      const { caFingerprints } = answer.report;
      const equal = others.find(({ digest }) => digest === answer.digest);
      if (equal === undefined && new Set(others.map(({ digest }) => digest)).size >= maxReports)
        return { caFingerprints };
      const { report } = equal ?? answer;
      answers.set(address, { ...answer, report });
      return { caFingerprints, report };
    },
    forget: (address) => void answers.delete(address),
    keep(addresses) {
      for (const address of answers.keys()) if (!addresses.has(address)) answers.delete(address);
    },
  };
}
