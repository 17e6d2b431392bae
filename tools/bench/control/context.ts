import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownNames } from '../../../src/api/names.js';
import { endpointSlices, serviceMirrors, services } from '../../../src/api/resources.js';
import { step, type Progress } from '../../clusters/progress.js';
import { freePort } from '../../clusters/tied.js';
import { inTurns } from '../../clusters/turns.js';
import { waitFor } from '../../clusters/wait.js';
import { bareAccount } from './bareaccount.js';
import { startGateway, type ProbedGateway } from './gateway.js';
import { limitMemory } from './memorylimit.js';
import { nameOf, namespaceName, remoteObjects, type Layout } from './objects.js';
import { openLondon, type London, type LondonSetup } from './london.js';
import type { ControlPlan } from './options.js';
import { openPlane, type Plane } from './plane.js';
import { writeAccount } from './podaccount.js';
import { makePrograms, type Programs } from './programs.js';
import type { RelayPlan } from './relay.js';
import { samplesOf, type Samples } from './samples.js';
import { startSubject, type Subject } from './subjects.js';

/** Who is measured: the bare client, or our operator. */
export type SubjectName = 'bare' | 'ours';

/** What all scenarios share: one Paris with all its services, and means to measure subjects in Londons of their own. */
export interface Context {
  readonly plan: ControlPlan;
  readonly layout: Layout;
  readonly paris: Plane;
  readonly gateway: ProbedGateway;
  readonly programs: Programs;
  /** A folder that goes with the context. */
  readonly folder: string;
  /** Says what begins, and how long it took. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** A number above all earlier ones, for a change in Paris. */
  readonly nextChange: () => number;
  openLondon(setup: LondonSetup): Promise<London>;
  /** Makes everything ready for a subject; the result starts it. @param node to run it with @default this process' */
  prepare(name: SubjectName, london: London, node?: string): Promise<() => Subject>;
  close(): Promise<void>;
}

/** Starts Paris and fills it. */
export async function createContext(plan: ControlPlan, progress: Progress): Promise<Context> {
  const folder = await mkdtemp(join(tmpdir(), 'service-mirror-bench-'));
  const layout: Layout = { services: plan.services, spread: plan.links };
  const programs = await makePrograms(folder);
  const limit = await limitMemory(programs.memory);
  const gateway = await startGateway();
  const paris = await openPlane(layout);
  const access = await paris.access('peer-london');
  const samples = new Map<LondonSetup['transport'], Promise<Samples>>();
  let [started, changes] = [0, 0];

  async function prepare(name: SubjectName, london: London, node?: string): Promise<() => Subject> {
    const log = join(folder, `${name}.log`);
    const { transport = 'linkerd', automatic = false, links = 1 } = london.setup;
    const own = await london.access(name === 'ours' ? ownNames.operator : bareAccount);
    const withNode = node === undefined ? {} : { node };
    if (name === 'ours') {
      const account = await writeAccount(join(folder, `account-${++started}`), own);
      const health = `127.0.0.1:${await freePort()}`;
      const command = programs.operator({ account, health, ...withNode });
      // each Link is probed every second
      const quiet = 0.1 + 0.002 * (links - 1);
      return () => startSubject({ command: limit.within(command), log, health, quiet });
    }
    const relay: RelayPlan = {
      ...{ paris: access, london: own, samples: await sampleOf(transport) },
      makes: automatic,
      follows: transport === 'gateway' ? 'egress pods' : { url: gateway.url },
    };
    return () => startSubject({ command: programs.relay(relay, node), log });
  }

  const context: Context = {
    ...{ plan, layout, paris, gateway, programs, folder, prepare },
    nextChange: () => ++changes,
    step: (title, work) => step(title, progress, work),
    openLondon: (setup) => openLondon(setup, { layout, access, probePort: gateway.port }),
    async close() {
      gateway.close();
      await paris.close();
      await limit.release();
      await rm(folder, { recursive: true, force: true });
    },
  };

  /** What the operator writes for one mirror over that transport. */
  function sampleOf(transport: NonNullable<LondonSetup['transport']>): Promise<Samples> {
    const known = samples.get(transport) ?? takeSample(context, transport);
    samples.set(transport, known);
    return known;
  }

  await context.step(`${plan.services} services in Paris`, () =>
    inTurns(Array(plan.services).keys(), 32, async (n) => {
      const [service, slice] = remoteObjects(n, layout);
      await paris.kube.create(services, service);
      await paris.kube.create(endpointSlices, slice);
    }),
  );
  return context;
}

async function takeSample(
  context: Context,
  transport: NonNullable<LondonSetup['transport']>,
): Promise<Samples> {
  const london = await context.openLondon({ mirrors: 1, transport });
  const operator = (await context.prepare('ours', london))();
  const namespace = namespaceName(0, context.layout);
  try {
    const key = `${namespace}/${nameOf(0)}`;
    const isReady = async () => {
      const { status } = await london.kube.get(serviceMirrors, key);
      return status?.conditions?.some(({ type, status: said }) => type === 'Ready' && said === 'True');
    };
    await operator.until(waitFor('a sample of the operator', isReady, { timeout: 300_000 }));
    await operator.settled();
    const [mirror, service, { items }] = await Promise.all([
      london.kube.get(serviceMirrors, key),
      london.kube.get(services, key),
      london.kube.list(endpointSlices, { namespace }),
    ]);
    return samplesOf(service, items[0]!, mirror);
  } finally {
    await operator.stop();
    await london.close();
  }
}
