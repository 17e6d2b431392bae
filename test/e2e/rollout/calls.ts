import { attemptsSince, echoPod, type Attempt } from '../echo.js';
import { eventually } from '../eventually.js';
import type { E2eCluster } from '../../driver/real.js';

/** Clients that call again and again, each time over a new connection, each a service of its own. */
export interface Callers {
  /** All attempts that began since then, once every client has made one that began `later` ms after now. */
  since(then: Date, later?: number): Promise<Attempt[]>;
}

const timeout = '10s';

/** Starts a client for each of these services, which calls it every 100 ms, and waits until all are answered. */
export async function startCallers(site: E2eCluster, services: readonly string[]): Promise<Callers> {
  const callers = services.map((service) => ({ pod: `calls-${service}`, service }));
  await site.apply(
    ...callers.map(({ pod, service }) =>
      echoPod(pod, ['echo-test', 'loop', '-every', '100ms', '-timeout', timeout, `http://${service}/`]),
    ),
  );
  const attempts = (pod: string, then: Date, enough: (seen: readonly Attempt[]) => boolean) =>
    eventually(`calls of pod ${pod}`, () => attemptsSince(site, pod, then), enough, {
      ...{ within: 60_000, every: 500 },
      show: (seen) => JSON.stringify(seen.at(-1) ?? 'no calls'),
    });
  await Promise.all(
    callers.map(({ pod }) => attempts(pod, new Date(0), (seen) => seen.some(({ ok }) => ok))),
  );
  return {
    async since(then, later = 5_000) {
      const enough = new Date(Date.now() + later).toISOString();
      const all = await Promise.all(
        callers.map(({ pod }) => attempts(pod, then, (seen) => (seen.at(-1)?.time ?? '') > enough)),
      );
      return all.flat();
    },
  };
}
