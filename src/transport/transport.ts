import type { LinkReason } from '../api/conditions.js';
import type { Link } from '../api/link.js';
import type {
  TransportAnswer,
  KnownSource,
  MirrorView,
  TransportLimits,
  TransportMetadata,
} from '../mirror/view.js';
import type { Family } from '../mirror/family.js';
import type { Applied } from '../protocol/applied.js';

/** One egress gateway pod of this cluster. */
export interface EgressPod {
  readonly name: string;
  readonly addresses: readonly string[];
  /** What it says it has in force; absent: it cannot be asked. */
  readonly applied?: Applied;
}

/** The remote gateway as the operator itself probes it (transport linkerd). */
export interface ProbedGateway {
  /** Resolved addresses, IPv4 and IPv6. */
  readonly addresses: readonly { readonly ip: string; readonly port: number; readonly healthy: boolean }[];
  /** Absent: no probe has ended yet. */
  readonly health?: {
    readonly healthy: boolean;
    readonly reason: 'Healthy' | 'ProbeFailed' | 'Unresolved';
    readonly message: string;
  };
}

/** What transports look at beside the mirror. */
export interface GatewayFacts {
  readonly egress: {
    /** Every pod has been asked since this process started; until then nothing is concluded from silence. */
    readonly settled: boolean;
    readonly pods: readonly EgressPod[];
  };
  /** Why the Link's peer cannot be used (conflict, mismatch, not known); absent: it can. */
  readonly peerProblem?: { readonly reason: LinkReason; readonly message: string };
  readonly probed?: ProbedGateway;
}

/** What a transport answers from. */
export interface TransportInput {
  readonly view: MirrorView;
  readonly link: Readonly<Link>;
  readonly source: KnownSource;
  readonly facts: GatewayFacts;
}

/** A way to carry a mirror's traffic; everything it says, it says purely. */
export interface TransportPolicy {
  readonly limits: TransportLimits;
  metadata(input: Pick<TransportInput, 'view' | 'link'>): TransportMetadata;
  answer(input: TransportInput): TransportAnswer;
  /** The families that the mirror's endpoints have, for its Service to have them, too; undefined: not known, or of no account. */
  families(input: TransportInput): readonly Family[] | undefined;
}
