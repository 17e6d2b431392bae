import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gatewayHost, probe } from './objects.js';

/** Linkerd's gateway as a prober sees it. */
export interface ProbedGateway {
  readonly port: number;
  /** What is probed. */
  readonly url: string;
  /** From now on it is well, or not; resolves when it has given the answer that decides it for its prober. */
  turn(well: boolean): Promise<number>;
  close(): void;
}

/** Starts one that is well. There must be one prober at a time when it turns. */
export async function startGateway(): Promise<ProbedGateway> {
  let well = true;
  const verdicts = createVerdicts();
  const server = createServer((_, answer) => {
    const good = well;
    answer.once('finish', () => verdicts.answered(good, performance.now()));
    answer.writeHead(good ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, gatewayHost, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${gatewayHost}:${port}${probe.path}`,
    turn(now) {
      well = now;
      return verdicts.next(now);
    },
    close: () => server.close(),
  };
}

/** Finds the answers that decide: as many of a kind in a row as the thresholds of {@link probe} ask for. */
export function createVerdicts() {
  const thresholds = { true: probe.successThreshold, false: probe.failureThreshold };
  let row = { well: true, count: 0 };
  let waiting: { readonly well: boolean; readonly resolve: (at: number) => void } | undefined;
  return {
    answered(well: boolean, at: number): void {
      row = { well, count: row.well === well ? row.count + 1 : 1 };
      if (waiting?.well !== well || row.count < thresholds[`${well}`]) return;
      waiting.resolve(at);
      waiting = undefined;
    },
    /** The time of the next verdict of that kind. */
    next: (well: boolean): Promise<number> =>
      new Promise((resolve) => {
        row = { well: !well, count: 0 };
        waiting = { well, resolve };
      }),
  };
}
