import { readTarget } from '../runtime/answering.js';
import { ImmutableMap } from '../runtime/immutable.js';
import type { PeerReport } from './report.js';

/** The state of one link as one egress gateway sees it. */
export interface LinkReport {
  readonly healthy: boolean;
  /** Absent until the first probe has ended. */
  readonly reason?: 'Healthy' | 'ProbeFailed' | 'Unresolved';
  readonly message?: string;
  /** Addresses that answered last time, `host:port`. */
  readonly answering: readonly string[];
  /**
   * Milliseconds in which the quickest of them answers a probe, connection and handshake included. It is smoothed, and
   * stays the same until it is clearly another. Absent while none answers.
   */
  readonly answersIn?: number;
  /** Gateway pods of the peer that have dialled this gateway; absent: that peer does not dial in. */
  readonly dialledIn?: number;
  /** The last good report; it stays while the link is unhealthy. */
  readonly peer?: PeerReport;
}

/** What one egress gateway has in force; routes are keyed by port. */
export interface Applied {
  readonly routes: ReadonlyMap<number, { readonly link: string; readonly serviceId: string }>;
  readonly links: ReadonlyMap<string, LinkReport>;
  /** The gateway is to stop: its address must leave all slices. */
  readonly draining: boolean;
}

/** Path of the long poll. */
export const appliedPath = '/v1/applied';

/** Longest time that the gateway may hold a poll, in seconds. */
export const longestWait = 30;

/** The target of a route. */
export interface Destination {
  readonly link: string;
  readonly serviceId: string;
}

/** A poll: everything after version `since` of that epoch, or an empty answer after `wait` seconds. */
export interface AppliedQuery {
  /** Identifies one run of the egress process; empty when none is known yet. */
  readonly epoch: string;
  readonly since: number;
  readonly wait: number;
  /** Whether any slice lists this gateway's address, or may soon do so. */
  readonly listed: boolean;
  /** The share of the Links for which the operator asks; each share has a leader that asks. @default 0 */
  readonly share?: number;
}

/** A delta, or everything when `full`; null means that the key is gone. */
export interface AppliedAnswer {
  readonly epoch: string;
  readonly version: number;
  readonly full: boolean;
  /** Keyed by port. */
  readonly routes: Readonly<Record<string, Destination | null>>;
  /** Keyed by the name of the Link. */
  readonly links: Readonly<Record<string, LinkReport | null>>;
  readonly draining: boolean;
}

/** Path and query of a poll. */
export function encodeQuery(query: AppliedQuery): string {
  const { epoch, since, wait, listed, share = 0 } = query;
  const texts = { epoch, since: `${since}`, wait: `${wait}`, listed: `${listed}` };
  return `${appliedPath}?${new URLSearchParams(share === 0 ? texts : { ...texts, share: `${share}` }).toString()}`;
}

/**
 * Reads a request target; undefined when it is not a poll. An absent or unreadable parameter means: everything, at
 * once, listed.
 */
export function decodeQuery(target: string | undefined): AppliedQuery | undefined {
  const { path, query } = readTarget(target);
  if (path !== appliedPath) return undefined;
  const whole = (name: string) => {
    const value = Number(query.get(name) ?? 0);
    return Number.isSafeInteger(value) && value > 0 ? value : 0;
  };
  const share = whole('share');
  return {
    epoch: query.get('epoch') ?? '',
    since: whole('since'),
    wait: Math.min(longestWait, whole('wait')),
    listed: query.get('listed') !== 'false',
    ...(share > 0 && { share }),
  };
}

/** Reads an answer; throws an Error that names what is wrong with it. */
export function decodeAnswer(text: string): AppliedAnswer {
  const answer = JSON.parse(text) as Partial<AppliedAnswer> | null;
  if (answer === null || typeof answer !== 'object') throw new Error('the answer is not an object');
  const { epoch, version, full, routes, links, draining } = answer;
  if (typeof epoch !== 'string' || typeof version !== 'number')
    throw new Error('the answer has no epoch or no version');
  if (typeof routes !== 'object' || routes === null) throw new Error('the answer has no routes');
  if (typeof links !== 'object' || links === null) throw new Error('the answer has no links');
  return { epoch, version, full: full === true, routes, links, draining: draining === true };
}

/** The state after an answer: a delta changes the state before it, a full answer replaces it. */
export function merge(known: Applied | undefined, answer: AppliedAnswer): Applied {
  const base = answer.full ? undefined : known;
  const routes = Object.entries(answer.routes).map(
    ([port, route]) => [Number(port), route ?? undefined] as const,
  );
  const links = Object.entries(answer.links).map(([link, report]) => [link, report ?? undefined] as const);
  return {
    routes: ImmutableMap.of(base?.routes).with(routes),
    links: ImmutableMap.of(base?.links).with(links),
    draining: answer.draining,
  };
}
