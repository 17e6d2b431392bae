import { Agent } from 'node:https';
import { listen } from '../../api/names.js';
import { backoffDelay } from '../../runtime/backoff.js';
import type { Clock } from '../../runtime/clock.js';
import { startDeadline } from '../../runtime/deadline.js';
import type { Log } from '../../runtime/log.js';
import { createPace } from '../../runtime/pace.js';
import { get } from '../../net/get.js';
import { egressName } from '../../pki/profile.js';
import { tlsOptions } from '../../pki/context.js';
import { decodeAnswer, encodeQuery, merge, type Applied } from '../../protocol/applied.js';
import type { KeyPair } from '../../pki/keypair.js';

/** The options for following one egress gateway. */
export interface FollowOptions {
  /** IP of the egress pod. */
  readonly address: string;
  /** @default listen.applied */
  readonly port?: number;
  /** The operator's present certificate and CAs; read before each poll, so that renewed ones are used. */
  readonly tls: () => KeyPair;
  /** Our own cluster's name: the pod must show the certificate of this cluster's egress gateway. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly log?: Log;
  /** The share of the Links for which this process asks. @default 0 */
  readonly share?: number;
  /** Whether any slice lists this pod; a draining pod stops when none does. @default always */
  readonly listed?: () => boolean;
  /** Called with every change; undefined when contact was lost or refused, which says nothing about the pod's routes. */
  readonly onChange: (applied: Applied | undefined) => void;
}

/** How long the pod may hold a poll, in seconds: its answer is also its sign of life. */
const wait = 2;
/**
 * A draining pod waits for us: the operator asks it this often, in milliseconds, and says whether slices still list
 * it.
 */
const drainingPause = 200;
/** How much later than its wait a poll may be answered before it is given up, in milliseconds. */
const grace = 2_000;
/** Contact is lost after this many milliseconds without an answer. */
const lostAfter = 4_000;
/** The rate of polls to a pod that always answers at once: a burst, then one in this time (ms). */
const rate = { burst: 20, everyMs: 100 };
const backoff = { base: 100, max: 2_000 };
/** Most bytes of an answer; one of 20,000 routes has about 2 MB. */
const largest = 64 << 20;

/** The pod has refused the request. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Follows the applied state of an egress gateway, reconnecting for ever; ends when the signal aborts. */
export async function followApplied(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, onChange } = options;
  const connection = createConnection(options);
  const pace = createPace(rate, clock);
  let known: Applied | undefined;
  let position = { epoch: '', version: 0 };
  let answeredAt = clock.monotonic();
  let failures = 0;

  while (!signal.aborted) {
    const early = pace.wait('');
    if (early > 0) await clock.sleep(early, signal);
    pace.spend('');
    try {
      const answer = await connection.poll(position, known, signal);
      const next = merge(known, answer);
      const news =
        known === undefined || answer.version !== position.version || answer.epoch !== position.epoch;
      known = next;
      position = answer;
      answeredAt = clock.monotonic();
      failures = 0;
      if (news) onChange(known);
      if (known.draining) await clock.sleep(drainingPause, signal);
    } catch (error) {
      if (signal.aborted) break;
      if (failures++ === 0) log?.debug('egress gateway does not answer', { address: options.address, error });
      const silent = clock.monotonic() - answeredAt >= lostAfter;
      if (known !== undefined && (silent || isRefusal(error))) {
        log?.info('contact with egress gateway lost', { address: options.address, error });
        known = undefined;
        position = { epoch: '', version: 0 };
        onChange(undefined);
      }
      await clock.sleep(
        backoffDelay(failures, backoff, () => 0),
        signal,
      );
    }
  }
  connection.close();
}

/** Nobody listens there, or the listener refuses us: waiting longer would not help. */
function isRefusal(error: unknown): boolean {
  return error instanceof RefusedError || (error as { code?: unknown } | undefined)?.code === 'ECONNREFUSED';
}

function createConnection(options: FollowOptions) {
  const { address, port = listen.applied, tls, cluster, clock, listed = () => true, share = 0 } = options;
  let identity: KeyPair | undefined;
  let security = {};
  let agent = new Agent();

  /** One connection serves all polls; a new certificate of ours replaces it. */
  function follow(now: KeyPair): void {
    if (now.cert === identity?.cert && now.key === identity.key && now.ca === identity.ca) return;
    agent.destroy();
    // no session may outlive the certificates under which it was made
    agent = new Agent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0 });
    security = tlsOptions(now, [now.ca]);
    identity = now;
  }

  async function poll(
    position: { epoch: string; version: number },
    known: Applied | undefined,
    signal: AbortSignal,
  ) {
    const seconds = known?.draining === true ? 0 : wait;
    const deadline = startDeadline(clock, seconds * 1_000 + grace, signal);
    try {
      const path = encodeQuery({
        epoch: position.epoch,
        since: position.version,
        wait: seconds,
        listed: listed(),
        share,
      });
      follow(tls());
      const target = { ...security, host: address, port, path, agent, servername: egressName(cluster) };
      const { status, text } = await get(target, largest, deadline.signal);
      if (status === 403) throw new RefusedError('the egress gateway does not take us for the operator');
      if (status !== 200) throw new Error(`the egress gateway answered status ${status}`);
      return decodeAnswer(text);
    } finally {
      deadline.done();
    }
  }

  return { poll, close: () => agent.destroy() };
}
