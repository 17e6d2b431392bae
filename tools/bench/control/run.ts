import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpointSlices, links, secrets, serviceMirrors, services } from '../../../src/api/resources.js';
import { bundle } from '../../images/bundle.js';
import { root } from '../../clusters/paths.js';
import { step, type Progress } from '../../clusters/progress.js';
import { inTurns } from '../../clusters/turns.js';
import { waitFor } from '../../clusters/wait.js';
import {
  credentialsOf,
  linkOf,
  linkName,
  mirrorOf,
  nameOf,
  namespace,
  probe,
  remoteObjects,
  gatewayHost,
} from './objects.js';
import type { ControlPlan } from './options.js';
import { openPlane, ownNamespace, type Plane } from './plane.js';
import { tallyOf } from './requests.js';
import type { RelayPlan } from './relay.js';
import { samplesOf, type Samples } from './samples.js';
import { startSubject, type Subject } from './subjects.js';
import { changeLabel, watchLondon, type Watcher } from './watcher.js';

/** What is measured of one subject; times in ms. */
export interface Figures {
  readonly import: number;
  /** Writes of the import, by what was written. */
  readonly writes: Readonly<Record<string, number>>;
  /** Seconds of CPU of London's API server, and of the subject, during the import. */
  readonly apiCpu: number;
  readonly cpu: number;
  /** From the write in Paris to the local object. */
  readonly change: readonly number[];
  readonly changeDuringImport: readonly number[];
  /** From the first slice that turned when the gateway was lost to the last; and when it came back. */
  readonly lost: number;
  readonly back: number;
  /** MiB. */
  readonly memory: number;
  /** Writes after a restart, until nothing happens; only of the operator. */
  readonly restartWrites?: number;
}

/** The subjects by name. */
export type Results = Readonly<Record<'bare' | 'ours', Figures>>;

/** MiB of heap that Node takes under the memory limit of the manifests, 768Mi. */
const heap = 384;

/** Runs everything: one Paris, and a London of its own for each subject. */
export async function runControl(plan: ControlPlan, progress: Progress): Promise<Results> {
  const folder = await mkdtemp(join(tmpdir(), 'service-mirror-bench-'));
  let well = true;
  const gateway = createServer((_, answer) => answer.writeHead(well ? 200 : 503).end());
  await new Promise<void>((resolve) => gateway.listen(0, gatewayHost, resolve));
  const { port } = gateway.address() as AddressInfo;
  const paris = await openPlane();
  try {
    const { script } = await bundle(join(root, 'build/src/cmd/main.js'), folder);
    const access = await paris.access('peer-london');
    await step(`${plan.services} services in Paris`, progress, () => fill(paris, 0, plan.services));

    const openLondon = async (mirrors: number) => {
      const london = await openPlane();
      await london.kube.create(secrets, credentialsOf(ownNamespace, access));
      await london.kube.create(links, linkOf(port));
      await inTurns(
        Array(mirrors).keys(),
        32,
        async (n) => void (await london.kube.create(serviceMirrors, mirrorOf(n))),
      );
      return london;
    };
    const startOperator = async (london: Plane) => {
      const config = join(folder, 'operator.kubeconfig');
      await writeFile(config, await london.access('service-mirror-operator'), { mode: 0o600 });
      const flags = [
        'operator',
        `--kubeconfig=${config}`,
        '--no-leader-election',
        '--metrics-address=127.0.0.1:0',
      ];
      return startSubject(['--enable-source-maps', script, ...flags], join(folder, 'operator.log'), heap);
    };
    const startRelay = (london: Plane, samples: Samples) => {
      const relay: RelayPlan = {
        ...{ paris: paris.kubeconfig, london: london.kubeconfig, samples },
        gateway: `http://${gatewayHost}:${port}${probe.path}`,
      };
      return Promise.resolve(
        startSubject(
          [join(root, 'build/tools/bench/control/relay.js'), JSON.stringify(relay)],
          join(folder, 'relay.log'),
        ),
      );
    };
    const samples = await step('the operator writes one mirror as a sample', progress, () =>
      sample(openLondon, startOperator),
    );

    let round = 0;
    const measure = async (name: string, start: (london: Plane) => Promise<Subject>): Promise<Figures> => {
      round++;
      const london = await openLondon(plan.services);
      const watcher = await watchLondon(london.kube);
      const subjects: Subject[] = [];
      try {
        const [began, cpuBefore, requestsBefore] = [
          performance.now(),
          await london.cpu(),
          (await london.requests()).length,
        ];
        let subject = await start(london);
        subjects.push(subject);
        const done = await step(`${name}: import`, progress, () =>
          watcher.all(plan.services, { ready: true, status: true }),
        );
        const figures = {
          import: done - began,
          apiCpu: (await london.cpu()) - cpuBefore,
          cpu: await subject.cpu(),
          writes: tallyOf((await london.requests()).slice(requestsBefore)),
        };
        const change = await step(`${name}: changes`, progress, () =>
          send(plan, paris, watcher, `r${round}`),
        );
        const more = step(`${name}: as many more`, progress, async () => {
          await fill(paris, plan.services * round, plan.services);
          await inTurns(
            Array(plan.services).keys(),
            32,
            async (n) => void (await london.kube.create(serviceMirrors, mirrorOf(plan.services * round + n))),
          );
          await watcher.all(2 * plan.services, { ready: true, status: true });
        });
        const changeDuringImport = await send(plan, paris, watcher, `r${round}-import`);
        await more;
        const turned = async (state: boolean) => {
          well = state;
          const first = await watcher.all(1, { ready: state });
          return (await watcher.all(2 * plan.services, { ready: state })) - first;
        };
        const lost = await step(`${name}: gateway lost`, progress, () => turned(false));
        const back = await step(`${name}: gateway back`, progress, () => turned(true));
        const memory = await subject.memory();
        await subject.stop();
        let restartWrites: number | undefined;
        if (name === 'ours') {
          const before = (await london.requests()).length;
          subject = await start(london);
          subjects.push(subject);
          restartWrites = await step(`${name}: restart`, progress, async () => {
            await idle(subject);
            return (await london.requests()).length - before;
          });
        }
        return {
          ...figures,
          change,
          changeDuringImport,
          lost,
          back,
          memory,
          ...(restartWrites !== undefined && { restartWrites }),
        };
      } finally {
        well = true;
        await Promise.all(subjects.map((one) => one.stop()));
        watcher.close();
        await london.close();
      }
    };
    const bare = await measure('bare', (london) => startRelay(london, samples));
    const ours = await measure('ours', startOperator);
    return { bare, ours };
  } finally {
    gateway.close();
    await paris.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Creates services of Paris from that number on. */
function fill(paris: Plane, first: number, count: number): Promise<void> {
  return inTurns(Array(count).keys(), 32, async (n) => {
    const [service, slice] = remoteObjects(first + n);
    await paris.kube.create(services, service);
    await paris.kube.create(endpointSlices, slice);
  });
}

/** Changes labels in Paris at the plan's rate, and says how long each took to London (ms). */
async function send(plan: ControlPlan, paris: Plane, watcher: Watcher, value: string): Promise<number[]> {
  const times: Promise<number>[] = [];
  const start = performance.now();
  for (let n = 0; n < plan.changes; n++) {
    await sleep(Math.max(0, start + (n * 1_000) / plan.rate - performance.now()));
    const name = nameOf(n % plan.services);
    const text = `${value}-${n}`;
    const at = performance.now();
    times.push(
      paris.kube
        .mergePatch(services, `${namespace}/${name}`, { metadata: { labels: { [changeLabel]: text } } })
        .then(() => watcher.label(name, text))
        .then((seen) => seen - at),
    );
  }
  return Promise.all(times);
}

/** Lets the operator write one mirror, and takes what it wrote. */
async function sample(
  openLondon: (mirrors: number) => Promise<Plane>,
  startOperator: (london: Plane) => Promise<Subject>,
): Promise<Samples> {
  const london = await openLondon(1);
  const operator = await startOperator(london);
  try {
    const key = `${namespace}/${nameOf(0)}`;
    return await waitFor('the sample', async () => {
      const mirror = await london.kube.get(serviceMirrors, key);
      const ready = mirror.status?.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status !== 'True') throw new Error(ready?.message ?? 'the operator has not looked at it');
      const { items } = await london.kube.list(endpointSlices, { namespace });
      return samplesOf(await london.kube.get(services, key), items[0]!, mirror);
    });
  } finally {
    await operator.stop();
    await london.close();
  }
}

/** Waits until a process takes less than a twentieth of a CPU for three seconds. */
async function idle(subject: Subject): Promise<void> {
  let [before, quiet] = [await subject.cpu(), 0];
  await waitFor(
    `${linkName}'s mirrors to be looked at`,
    async () => {
      const now = await subject.cpu();
      quiet = now - before < 0.05 ? quiet + 1 : 0;
      before = now;
      return quiet >= 3;
    },
    { timeout: 600_000, every: 1_000 },
  );
}
