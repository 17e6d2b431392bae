import assert from 'node:assert/strict';
import type { ClusterDriver } from '../driver/cluster.js';
import { eventually } from '../driver/eventually.js';
import { attemptsSince, echoPod, type Attempt } from './echo.js';

/** Longer than a busy machine takes: what counts is whether a call is answered. */
const patient = '10s';

/** Pods that call again and again, each time over a new connection, each a service of its own. */
export interface Callers {
  /** All calls that began since then, once every pod has made one that began `later` ms after now. */
  since(then: Date, later?: number): Promise<Attempt[]>;
}

/**
 * Starts a pod for each of these services, which calls it every 100 ms, and waits until all are answered.
 *
 * @param timeout of a call; no other call of that service begins meanwhile
 */
export async function startCallers(
  cluster: ClusterDriver,
  services: readonly string[],
  timeout = patient,
): Promise<Callers> {
  await cluster.applies(
    ...services.map((service) => {
      // the first name of the pod's search list, so that a call costs one look-up
      const url = `http://${service}/`;
      return echoPod(podOf(service), ['echo-test', 'loop', '-every', '100ms', '-timeout', timeout, url]);
    }),
  );
  await Promise.all(
    services.map((service) =>
      whenCalls(cluster, service, new Date(0), (calls) => calls.some(({ ok }) => ok)),
    ),
  );
  return {
    async since(then, later) {
      const all = services.map((service) => callsSince(cluster, service, then, later));
      return (await Promise.all(all)).flat();
    },
  };
}

/** The service whose callers {@link underTraffic} looks at. */
const usual = 'hello';

/** Starts a caller of `hello`, which goes on until the end. */
export async function startTraffic(cluster: ClusterDriver): Promise<void> {
  await startCallers(cluster, [usual]);
}

/** Does something while `hello` is called, and five seconds longer; rejects when a call failed. */
export async function underTraffic(cluster: ClusterDriver, work: () => Promise<void>): Promise<void> {
  const since = new Date();
  await work();
  const calls = await callsSince(cluster, usual, since);
  const failures = calls.filter(({ ok }) => !ok);
  assert.deepEqual(failures, [], `${failures.length} of ${calls.length} calls failed`);
}

/** Waits until calls of `hello` are answered again. */
export async function whenAnswered(cluster: ClusterDriver): Promise<void> {
  await whenCalls(cluster, usual, new Date(), (calls) => calls.at(-1)?.ok === true);
}

function callsSince(cluster: ClusterDriver, service: string, then: Date, later = 5_000): Promise<Attempt[]> {
  const enough = new Date(Date.now() + later).toISOString();
  return whenCalls(cluster, service, then, (calls) => (calls.at(-1)?.time ?? '') > enough);
}

function whenCalls(
  cluster: ClusterDriver,
  service: string,
  then: Date,
  holds: (calls: readonly Attempt[]) => boolean,
): Promise<Attempt[]> {
  return eventually(
    async () => {
      const calls = await attemptsSince(cluster, podOf(service), then);
      assert.ok(holds(calls), `the last call of ${service}: ${JSON.stringify(calls.at(-1) ?? 'none')}`);
      return calls;
    },
    60_000,
    500,
  );
}

function podOf(service: string): string {
  return `calls-${service}`;
}
