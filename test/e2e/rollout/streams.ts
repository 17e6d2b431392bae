import { serviceMirrors } from '../../../src/api/resources.js';
import { dial, echoPorts } from '../echo.js';
import { ownPods } from '../look.js';
import type { ClusterDriver } from '../../driver/cluster.js';

/** A stream through one egress pod that is known. */
export interface StreamReport {
  /** IP of the pod. */
  readonly address: string;
  /** When it ended, at the earliest; on the clock that was given. */
  readonly ended: number;
  readonly failures: readonly string[];
}

/**
 * Streams to a mirror through each egress pod that runs now, past the Service: a Service would choose the pod, and may
 * choose one that stays.
 *
 * @param from name of the pod that calls
 * @param now milliseconds
 */
export async function startStreams(
  cluster: ClusterDriver,
  { from, mirror, seconds, now }: { from: string; mirror: string; seconds: number; now: () => number },
): Promise<StreamReport[]> {
  const { status } = await cluster.get(serviceMirrors, mirror);
  const port = status?.ports?.find((one) => one.port === echoPorts.tcp)?.gatewayPort;
  const pods = await ownPods(cluster, 'egress');
  return Promise.all(
    pods.map(async ({ status: { podIP: address = '' } = {} }) => {
      const began = now();
      const report = await dial(cluster, from, `-up 3000000 -over ${seconds}s ${address}:${port}`);
      return { address, ended: began + report.seconds * 1_000, failures: report.failures };
    }),
  );
}
