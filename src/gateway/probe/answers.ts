import type { PeerReport } from '../../protocol/report.js';

/** A report, and what stands for it. */
export interface PeerAnswer {
  /** The entity tag (RFC 9110, 8.8.3) that the gateway gave it. */
  readonly etag: string;
  /** SHA-256 of the body, by which reports of several gateways are compared: their tags prove nothing. */
  readonly digest: string;
  readonly report: PeerReport;
}

/** What is kept of an answer: of most the whole report, of some only what every gateway of a peer is asked for. */
export interface Said {
  readonly caFingerprints: readonly string[];
  readonly report?: PeerReport;
}

/**
 * Most different reports of one peer that are kept whole. Its gateways agree but for the moments in which an export
 * comes or goes; a peer that tells each of its addresses something else would fill our memory.
 */
export const maxReports = 4;

/** What the addresses of one peer have answered last. */
export interface Answers {
  /** What an address has answered, if that was kept whole. */
  of(address: string): PeerAnswer | undefined;
  /** Keeps an answer, the same report as another's if they are equal; gives back what is kept. */
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
