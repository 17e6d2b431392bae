import type { Log } from '../../runtime/log.js';

/** What a gateway process is told by its flags. */
export interface GatewayOptions {
  /** File of the local cluster's credentials; absent: as kubectl finds them, or those of the pod. */
  readonly kubeconfig?: string;
  /** The operator's namespace. */
  readonly namespace: string;
  readonly role: 'egress' | 'ingress';
  /** A name of {@link implementations}. */
  readonly implementation: string;
  /** Address on which traffic is taken: the pod's own IP; absent: all. */
  readonly address?: string;
  readonly ports?: {
    /** Ingress: mutual TLS. @default listen.ingress */
    readonly ingress?: number;
    /** Egress: what is applied, for the operator. @default listen.applied */
    readonly applied?: number;
    /** /livez, /readyz, /metrics. @default listen.health */
    readonly health?: number;
  };
  /** Address of the health port. @default 0.0.0.0 */
  readonly healthAddress?: string;
  /** How long a gateway that was told to stop waits until nobody sends it new connections. @default 20_000 ms */
  readonly leaveMs?: number;
  /** How long live connections may then still last. @default 30_000 ms */
  readonly drainMs?: number;
  readonly log: Log;
}

/** Runs one gateway until the signal and its drain are over; throws when it cannot start. */
export async function runGateway(options: GatewayOptions, signal: AbortSignal): Promise<void> {
  throw new Error(`not there yet: ${options.role} ${signal.aborted}`);
}
