import type { LinkReason } from '../api/conditions.js';
import type { Link } from '../api/link.js';
import type {
  TransportAnswer,
  KnownSource,
  BackendView,
  TransportLimits,
  TransportMetadata,
} from '../mirror/view.js';
import type { Family } from '../endpoints/family.js';
import type { Applied } from '../protocol/applied.js';

/** One egress gateway pod of this cluster. */
export interface EgressPod {
  readonly name: string;
  readonly addresses: readonly string[];
  /** The state that the pod reports to have in force; absent: it cannot be asked. */
  readonly applied?: Applied;
}

/** The remote gateway, as the operator probes it (transport linkerd). */
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

/** The input of transports in addition to the mirror. */
export interface GatewayFacts {
  readonly egress: {
    /** Whether every pod has been asked since this process started; before that, silence means nothing. */
    readonly complete: boolean;
    readonly pods: readonly EgressPod[];
  };
  /** The reason why the Link's peer cannot be used (conflict, mismatch, not known); absent: it can. */
  readonly peerProblem?: { readonly reason: LinkReason; readonly message: string };
  readonly probed?: ProbedGateway;
}

/** The input of a transport's answer. */
export interface TransportInput {
  readonly view: BackendView;
  readonly link: Readonly<Link>;
  readonly source: KnownSource;
  readonly facts: GatewayFacts;
}

/** A way to carry a mirror's traffic. All its functions are pure. */
export interface TransportPolicy {
  readonly limits: TransportLimits;
  metadata(input: Pick<TransportInput, 'view' | 'link'>): TransportMetadata;
  answer(input: TransportInput): TransportAnswer;
  /**
   * The address families of the mirror's endpoints, which its Service then gets, too; undefined: not known, or
   * irrelevant.
   */
  families(input: TransportInput): readonly Family[] | undefined;
}
