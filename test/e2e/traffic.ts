import assert from 'node:assert/strict';
import { attemptsSince, echoPod, type Attempt } from './echo.js';
import { eventually } from './eventually.js';
import type { E2eCluster } from '../driver/real.js';

const every = 100;
const pod = 'traffic';

/** Longer than a busy machine takes: what counts is whether a call is answered. */
const timeout = '10s';

/** Starts a pod that calls `hello` ten times a second, each time over a new connection, until the end. */
export async function startTraffic(site: E2eCluster): Promise<void> {
  const url = 'http://hello.default.svc.cluster.local/';
  await site.apply(echoPod(pod, ['echo-test', 'loop', '-every', `${every}ms`, '-timeout', timeout, url]));
  await whenTraffic(site, 'flows', (attempts) => attempts.some(({ ok }) => ok));
}

/** Does something while calls go on, and five seconds longer; rejects when one of them failed. */
export async function underTraffic(site: E2eCluster, work: () => Promise<void>): Promise<void> {
  const since = new Date();
  await work();
  const enough = new Date(Date.now() + 5_000).toISOString();
  const attempts = await whenTraffic(site, 'to go on', (seen) => (seen.at(-1)?.time ?? '') > enough, since);
  const failures = attempts.filter(({ ok }) => !ok);
  assert.deepEqual(failures, [], `${failures.length} of ${attempts.length} calls failed`);
}

/** Waits until calls succeed again. */
export async function whenAnswered(site: E2eCluster): Promise<void> {
  await whenTraffic(site, 'to be answered', (attempts) => attempts.at(-1)?.ok === true, new Date());
}

function whenTraffic(
  site: E2eCluster,
  what: string,
  holds: (attempts: readonly Attempt[]) => boolean,
  since = new Date(0),
): Promise<Attempt[]> {
  return eventually(`calls of pod ${pod} ${what}`, () => attemptsSince(site, pod, since), holds, {
    every: 500,
    show: (attempts) => JSON.stringify(attempts.at(-1) ?? 'no calls'),
  });
}
