import type { Clock } from '../../runtime/clock.js';
import { waitAtMost } from '../../runtime/deadline.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import type { Peer } from '../../protocol/peer.js';
import { isSameOutcome, type NotInForce } from '../outcome.js';
import { createLatest } from './latest.js';
import type { Sources } from './sources.js';

/** What stands beside a gateway, keeps it as the cluster wants it, and takes it down gently. */
export interface Agent {
  /** Works until the signal, then lets the gateway drain; throws when it cannot start. */
  run(signal: AbortSignal): Promise<void>;
  /** Why the process should be restarted; empty: it should not. */
  readonly live: () => string[];
  /** Why the gateway should get no new connections; empty: it should. */
  readonly ready: () => string[];
}

/** What agents of both roles are given. */
export interface AgentOptions {
  readonly kube: KubeClient;
  /** The operator's namespace. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long to wait, once told to stop, until nobody sends new connections; in milliseconds. */
  readonly leaveMs: number;
  /** How long live connections may then still last; in milliseconds. */
  readonly drainMs: number;
  /** Names this process among those of its role. @default the host's name, which is the pod's */
  readonly instance?: string;
  /** Is told which links there are, whenever a state is applied. */
  readonly onLinks?: (links: ReadonlySet<string>) => void;
  /** Is told the milliseconds from a change to all of its state being in force. */
  readonly onApplied?: (ms: number) => void;
  /** Is told what of the state is not in force, whenever one is applied. */
  readonly onOutcome?: (missing: readonly NotInForce[]) => void;
}

/** The state to apply, if it can be said, and what is missing or broken, one sentence each. */
export interface Desired<T> {
  readonly state?: T;
  readonly problems: readonly string[];
  /** Milliseconds after which it may be otherwise though nothing has changed; undefined: never. */
  readonly lookAgainIn?: number | undefined;
}

/** What is particular to a role. */
export interface Role<T extends { readonly peers: readonly Peer[] }> {
  readonly sources: Sources;
  /** Reads the caches, all of which are synced; `again` asks for another look. */
  build(again: () => void): Desired<T>;
  /** Makes it so, and says what of it is not in force; see {@link Gateway}. */
  apply(state: T): Promise<readonly NotInForce[]>;
  /** Why the gateway carries nothing at present, whatever is in force. */
  problem?(): string | undefined;
  /** Ends when nobody sends new connections any more, or the time for that is over. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** A state that takes longer than this to apply will not come about any more, in milliseconds. */
const stuckAfter = 120_000;

/** Parts that are not in force that one line of the log names. */
const mostLogged = 20;

/** How long a state that is being applied may still take when the gateway stops, in milliseconds. */
const applyGrace = 5_000;

/** An agent: applies nothing before all has been seen, then always the latest, and drains when it is told to stop. */
export function createAgent<T extends { readonly peers: readonly Peer[] }>(
  role: Role<T>,
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
      // once it serves, it goes on with what it has, whatever goes missing
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
