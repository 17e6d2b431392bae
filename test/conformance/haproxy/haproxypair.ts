import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uncounted } from '../../../src/gateway/events.js';
import { haproxy as entry, withHaproxy } from '../../../src/gateway/haproxy/implementation.js';
import type { HaproxySettings } from '../../../src/gateway/haproxy/settings.js';
import { fileNames } from '../../../src/gateway/haproxy/render/layout.js';
import { ask, readProcesses } from '../../../src/gateway/haproxy/runtime.js';
import type { EgressGateway, EgressSettings, Gateway, IngressSettings } from '../../../src/gateway/model.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import type { Address } from '../../../src/net/address.js';
import { startPair, type Pair } from '../gatewaypair.js';
import type { Subject } from '../pairings.js';
import { patient, tied } from './subject.js';

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
    readonly egress?: Partial<EgressSettings> & HaproxySettings;
    readonly ingress?: Partial<IngressSettings> & HaproxySettings;
    readonly impatient?: true;
  } = {},
): Promise<HaproxyPair> {
  const { program } = await ensureHaproxy(quiet);
  const [egressFolder, ingressFolder] = await Promise.all(
    [0, 1].map(() => mkdtemp(join(tmpdir(), 'haproxy-'))),
  );
  const directories = { egress: egressFolder!, ingress: ingressFolder! };
  const own = { command: tied(program), lookPeriod: 50, threads: 2, files: 2_000 };
  const waiting = changes.impatient ? <State>(gateway: Gateway<State>) => gateway : patient;
  let reloads = 0;
  let made: EgressGateway | undefined;
  let good: readonly Address[] = [];
  const haproxy = (role: 'egress' | 'ingress', more: HaproxySettings = {}) =>
    withHaproxy({ ...own, directory: directories[role], ...more, ...changes[role] });
  const ports = { first: 10_000, last: 29_999, block: 1 };
  const subject: Subject = {
    capabilities: entry.capabilities,
    check: () => haproxy('egress').check(),
    egress(settings) {
      const events = { ...uncounted, reloaded: () => void reloads++ };
      const given = { ...settings, answering: () => good, events, ...changes.egress };
      return (made = waiting(haproxy('egress', { ports }).egress(given)));
    },
    ingress: (settings) => waiting(haproxy('ingress').ingress({ ...settings, ...changes.ingress })),
  };
  const pair = await startPair({ caller: subject, exporter: subject });
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
