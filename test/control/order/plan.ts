import type { Tally } from './ledger.js';

/** What is to be played. */
export interface Plan {
  /** The gateways of both clusters. */
  readonly implementation: 'node' | 'haproxy';
  /** Mirrors that are created at once. */
  readonly burst: number;
  /** Mirrors that are deleted and created while clients dial. */
  readonly churn: number;
  /** What is ended and started again meanwhile, in turn. */
  readonly blows: readonly Blow[];
}

/** The stories, in the order in which they are played. */
export type Story = 'burst' | 'churn';

/**
 * What happens to a process while clients dial. `egress` and `ingress` are agents: where HAProxy moves the bytes, it
 * outlives one that is killed. `haproxy`: the process that moves the bytes alone. `pod`: an egress agent with its HAProxy.
 */
export type Blow = `${'stop' | 'kill'} ${'operator' | 'egress' | 'ingress'}` | `kill ${'haproxy' | 'pod'}`;

/** The outcome of each story. */
export type Outcomes = Readonly<Record<Story, Outcome>>;

/** How the dials of a story ended, by what went on meanwhile, and what else is worth telling. */
export interface Outcome {
  readonly tallies: Readonly<Record<string, Tally>>;
  /** One line for each dial that ended badly, at most 20 of a kind. */
  readonly complaints: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}
