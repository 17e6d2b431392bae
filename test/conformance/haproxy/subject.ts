import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { egressPorts } from '../../../src/api/names.js';
import type { HaproxyBuild } from '../../../src/chart/install.js';
import { haproxy, withHaproxy } from '../../../src/gateway/haproxy/implementation.js';
import type { Gateway } from '../../../src/gateway/model.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import type { Subject } from '../pairings.js';

/** HAProxy 3.0 as an implementation under test. It dies with the test. @param build by default what HAPROXY_BUILD says */
export async function createSubject(build?: HaproxyBuild): Promise<Subject> {
  const { program } = await ensureHaproxy(quiet, build);
  const own = () => ({
    directory: mkdtempSync(join(tmpdir(), 'haproxy-')),
    command: tied(program),
    ...{ threads: 2, files: 18_000, lookPeriod: 50 },
    // every port by itself, since others of this machine may be in use
    ports: { ...egressPorts, block: 1 },
  });
  return {
    capabilities: haproxy.capabilities,
    check: () => withHaproxy(own()).check(),
    egress(settings) {
      const mine = own();
      return tidied(patient(withHaproxy(mine).egress(settings)), mine.directory);
    },
    ingress(settings) {
      const mine = own();
      return tidied(patient(withHaproxy(mine).ingress(settings)), mine.directory);
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
