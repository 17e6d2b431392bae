import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { egressPorts } from '../../../src/api/names.js';
import { createEgress } from '../../../src/gateway/haproxy/egress.js';
import { createIngress } from '../../../src/gateway/haproxy/ingress.js';
import type { Gateway } from '../../../src/gateway/model.js';
import { createResolver } from '../../../src/net/resolve.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { type Log, silent } from '../../../src/runtime/log.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import { type Implementation, node, setPairings } from '../implementation.js';

/** HAProxy 3.0 as a gateway implementation under test. It dies with the test. */
export async function createImplementation(log: Log = silent): Promise<Implementation> {
  const { program } = await ensureHaproxy(quiet);
  const common = () => ({
    directory: mkdtempSync(join(tmpdir(), 'haproxy-')),
    command: tied(program),
    limits: { threads: 2, files: 18_000 },
    // every port by itself, since others of this machine may be in use
    ports: { ...egressPorts, block: 1 },
    lookPeriod: 50,
    log,
    clock: systemClock,
  });
  return {
    resets: 'unanswered',
    reserved: false,
    http: true,
    pools: true,
    egress({ caps, ...options }) {
      const own = common();
      const resolver = createResolver({ clock: systemClock });
      const limits = { ...own.limits, ...caps };
      return tidied(patient(createEgress({ ...own, resolver, ...options, limits })), own.directory);
    },
    ingress({ caps, handshakeTimeout: handshake, ...options }) {
      const own = common();
      const limits = { ...own.limits, ...caps, ...(handshake !== undefined && { handshake }) };
      return tidied(patient(createIngress({ ...own, ...options, limits })), own.directory);
    },
  };
}

/** Started so that the kernel kills it when this process dies, however it dies (prctl(2), PR_SET_PDEATHSIG). */
export function tied(program: string): readonly [string, ...string[]] {
  return ['setpriv', '--pdeathsig', 'KILL', '--', program];
}

/** What has to wait for a reload is asked for again, as agents do. */
export function patient<State>(gateway: Gateway<State>): Gateway<State> {
  return {
    ...gateway,
    async apply(state) {
      for (;;) {
        const missing = await gateway.apply(state);
        if (!missing.some(({ reason }) => reason === 'ReloadPending')) return missing;
        await systemClock.sleep(50);
      }
    },
  };
}

function tidied<State>(gateway: Gateway<State>, directory: string): Gateway<State> {
  return {
    ...gateway,
    async close(graceMs: number) {
      await gateway.close(graceMs);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Loads the suite of the wire contract with HAProxy on one side or both. */
export async function conform(): Promise<void> {
  const haproxy = await createImplementation();
  setPairings([
    { name: 'haproxy calls node', caller: haproxy, exporter: node },
    { name: 'node calls haproxy', caller: node, exporter: haproxy },
    { name: 'haproxy calls haproxy', caller: haproxy, exporter: haproxy },
  ]);
}
