import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEgress, type EgressOptions } from '../../../src/gateway/haproxy/egress.js';
import { createIngress, type IngressOptions } from '../../../src/gateway/haproxy/ingress.js';
import { fileNames } from '../../../src/gateway/haproxy/render/layout.js';
import { ask, readProcesses } from '../../../src/gateway/haproxy/runtime.js';
import type { EgressGateway, Gateway } from '../../../src/gateway/model.js';
import { createResolver } from '../../../src/net/resolve.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { silent } from '../../../src/runtime/log.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import type { Address } from '../../../src/net/address.js';
import { startPair, type Pair } from '../gatewaypair.js';
import { patient, tied } from './implementation.js';

/** Two clusters whose gateways are HAProxy, with what a test wants to look into. */
export interface HaproxyPair extends Pair {
  readonly directories: { readonly egress: string; readonly ingress: string };
  readonly egress: EgressGateway;
  /** New workers of the egress gateway so far. */
  reloads(): number;
  /** What london's probes would say. */
  answering(addresses: readonly Address[]): void;
}

/** Starts both with HAProxy 3.0. @param changes to the settings of each role; `impatient`: pauses of reloads are errors */
export async function startHaproxyPair(
  changes: {
    readonly egress?: Partial<EgressOptions>;
    readonly ingress?: Partial<IngressOptions>;
    readonly impatient?: true;
  } = {},
): Promise<HaproxyPair> {
  const { program } = await ensureHaproxy(quiet);
  const [egressFolder, ingressFolder] = await Promise.all(
    [0, 1].map(() => mkdtemp(join(tmpdir(), 'haproxy-'))),
  );
  const directories = { egress: egressFolder!, ingress: ingressFolder! };
  const common = { command: tied(program), lookPeriod: 50, log: silent, clock: systemClock };
  const limits = { threads: 2, files: 2_000 };
  const waiting = changes.impatient ? <State>(gateway: Gateway<State>) => gateway : patient;
  let reloads = 0;
  let good: readonly Address[] = [];
  let made: EgressGateway | undefined;
  const caller = {
    egress: (options: { readonly host: string }) =>
      (made = waiting(
        createEgress({
          ...{ ...common, ...options, limits, directory: directories.egress },
          ports: { first: 10_000, last: 29_999, block: 1 },
          resolver: createResolver({ clock: systemClock }),
          answering: () => good,
          events: { refused() {}, opened() {}, closed() {}, moved() {}, reloaded: () => void reloads++ },
          ...changes.egress,
        }),
      )),
  };
  const exporter = {
    ingress: (options: Pick<IngressOptions, 'host' | 'port' | 'peerReport'>) =>
      waiting(
        createIngress({ ...common, ...options, limits, directory: directories.ingress, ...changes.ingress }),
      ),
  };
  const unused = { resets: 'unanswered', reserved: false, http: true, pools: true } as const;
  const never = () => {
    throw new Error('not a role of this side');
  };
  const pair = await startPair({
    caller: { ...unused, ...caller, ingress: never },
    exporter: { ...unused, ...exporter, egress: never },
  });
  return {
    ...pair,
    ...{
      directories,
      egress: made!,
      reloads: () => reloads,
      answering: (addresses) => void (good = addresses),
    },
    async [Symbol.asyncDispose]() {
      await pair[Symbol.asyncDispose]();
      for (const path of Object.values(directories)) await rm(path, { recursive: true, force: true });
    },
  };
}

/** The processes of the HAProxy of a folder. */
export async function processesOf(directory: string) {
  const found = readProcesses(await ask(join(directory, fileNames.master), 'show proc'));
  if (found === undefined) throw new Error(`no HAProxy in ${directory}`);
  return found;
}
