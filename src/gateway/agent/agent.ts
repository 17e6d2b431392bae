import type { Clock } from '../../runtime/clock.js';
import { waitAtMost } from '../../runtime/deadline.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import type { Peer } from '../../protocol/peer.js';
import { isSameOutcome, type NotInForce } from '../outcome.js';
import { createLatest } from './latest.js';
import type { AgentSources } from './sources.js';

/** The process around a gateway: it keeps the gateway as the cluster wants it, and drains it in the end. */
export interface Agent {
  /** Works until the signal aborts, then drains the gateway; throws when it cannot start. */
  run(signal: AbortSignal): Promise<void>;
  /** Reasons to restart the process; empty: none. */
  readonly live: () => string[];
  /** Reasons why the gateway should get no new connections; empty: none. */
  readonly ready: () => string[];
}

/** The options of agents of both roles. */
export interface AgentOptions {
  readonly kube: KubeClient;
  /** The operator's namespace. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a stopping gateway waits until nobody sends new connections, in milliseconds. */
  readonly leaveMs: number;
  /** How long live connections may then still last; in milliseconds. */
  readonly drainMs: number;
  /** Names this process among those of its role. @default the host's name, which is the pod's */
  readonly instance?: string;
  /** Called with the present links whenever a state is applied. */
  readonly onLinks?: (links: ReadonlySet<string>) => void;
  /** Called with the milliseconds from a change until all of its state is in force. */
  readonly onApplied?: (ms: number) => void;
  /** Called with the parts of the state that are not in force, whenever a state is applied. */
  readonly onOutcome?: (missing: readonly NotInForce[]) => void;
}

/** The state to apply, if it is known, and what is missing or broken, one sentence each. */
export interface Desired<T> {
  readonly state?: T;
  readonly problems: readonly string[];
  /** Milliseconds after which the state may change without an event; undefined: never. */
  readonly lookAgainIn?: number | undefined;
}

/** The parts of an agent that depend on its role. */
export interface GatewayRole<T extends { readonly peers: readonly Peer[] }> {
  readonly sources: AgentSources;
  /** Reads the caches, which are all synced; `again` requests another call. */
  build(again: () => void): Desired<T>;
  /** Puts a state in force, and returns the parts that are not; see {@link Gateway}. */
  apply(state: T): Promise<readonly NotInForce[]>;
  /** The reason why the gateway carries nothing at present, whatever is in force. */
  problem?(): string | undefined;
  /** Resolves when nobody sends new connections any more, or the time for that is over. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** A state that takes longer than this to apply is stuck, in milliseconds. */
const stuckAfter = 120_000;

/** Most parts that one line of the log names. */
const mostLogged = 20;

/** How long a state that is being applied may still take when the gateway stops, in milliseconds. */
const applyGrace = 5_000;

/**
 * An agent: applies nothing before all caches are synced, then always the latest state, and drains when it is to
 * stop.
 */
export function createAgent<T extends { readonly peers: readonly Peer[] }>(
  role: GatewayRole<T>,
  {
    clock,
    log,
    onLinks = () => {},
    onApplied = () => {},
    onOutcome = () => {},
  }: Pick<AgentOptions, 'clock' | 'log' | 'onLinks' | 'onApplied' | 'onOutcome'>,
): Agent {
  const { sources } = role;
  let served: T | undefined;
  let problems: readonly string[] = [];
  let draining = false;
  let warned = '';
  let missing: readonly NotInForce[] = [];
  let cancelLook = () => {};

  const latest = createLatest<T>({
    clock,
    onApplied,
    build() {
      const desired = role.build(latest.request);
      if (desired.problems.length > 0 && desired.problems.join() !== problems.join()) {
        log.warn('the gateway lacks something', { problems: desired.problems });
      }
      problems = desired.problems;
      cancelLook();
      const { lookAgainIn } = desired;
      if (lookAgainIn !== undefined) cancelLook = clock.after(lookAgainIn, latest.request);
      return desired.state;
    },
    async apply(state) {
      const outcome = await role.apply(state);
      if (served === undefined) log.info('the gateway serves');
      served = state;
      warned = '';
      onLinks(new Set(state.peers.map(({ link }) => link)));
      take(outcome);
      return outcome.length === 0;
    },
    onError(error) {
      // it is tried again and again: said once
      const { message } = error as Error;
      if (message !== warned) log.error('the gateway did not take its state', { error });
      warned = message;
      problems = [`the gateway did not take its state: ${message}`];
    },
  });

  /** It is tried again and again: said once. */
  function take(outcome: readonly NotInForce[]): void {
    onOutcome(outcome);
    const same = isSameOutcome(missing, outcome);
    missing = outcome;
    if (same) return;
    if (outcome.length === 0) log.info('all of the state is in force');
    else
      log.warn('parts of the state are not in force', {
        count: outcome.length,
        parts: outcome.slice(0, mostLogged),
      });
  }

  return {
    async run(signal) {
      // while it drains, a gateway still follows what changes
      const stopping = new AbortController();
      const reflecting = sources.run(stopping.signal);
      if (await sources.synced(signal)) {
        sources.onChange(latest.request);
        latest.request();
        await aborted(signal);
      }
      draining = true;
      if (served !== undefined) await role.leave();
      await waitAtMost(clock, applyGrace, latest.stop());
      cancelLook();
      await role.close();
      stopping.abort();
      await reflecting;
      log.info('the gateway has stopped');
    },
    live() {
      const since = latest.busySince();
      const busy = since === undefined ? 0 : clock.monotonic() - since;
      return busy > stuckAfter
        ? [`the gateway has been taking a state for ${Math.round(busy / 1_000)} s`]
        : [];
    },
    ready() {
      if (draining) return ['draining'];
      const problem = role.problem?.();
      if (problem !== undefined) return [problem];
      // once it serves, it goes on with what it has, even if an input disappears
      if (served !== undefined) return [];
      const missing = [...sources.problems(), ...problems];
      return missing.length > 0 ? missing : ['nothing applied yet'];
    },
  };
}

/** Selects one object of our own namespace by its name. */
export function named(namespace: string, name: string): { namespace: string; fieldSelector: string } {
  return { namespace, fieldSelector: `metadata.name=${name}` };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
