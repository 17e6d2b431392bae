import { setTimeout as sleep } from 'node:timers/promises';
import type { EndpointSlice, KubeObject, Service } from '../../../src/api/objects.js';
import { endpointSlices, serviceMirrors, services } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import { createKube, type KubeClient } from '../../../src/runtime/kube.js';
import { loadLocal } from '../../../src/runtime/kubeconfig.js';
import { follow } from '../../clusters/follow.js';
import { inTurns } from '../../clusters/turns.js';
import { namespace } from './objects.js';
import { sampleFor, type Samples } from './samples.js';

/** What the bare client is told, as JSON. */
export interface RelayPlan {
  /** Paths of kubeconfigs. */
  readonly paris: string;
  readonly london: string;
  /** What the operator wrote for one mirror; the same is written for all. */
  readonly samples: Samples;
  /** URL that answers 200 while the gateway is well. */
  readonly gateway: string;
}

/** Requests in flight. */
const inFlight = 32;

// A client without a cache, a queue or a status of its own: the least that can write the same objects.
const plan = JSON.parse(process.argv[2] ?? '') as RelayPlan;
const clientOf = (path: string): KubeClient => createKube(loadLocal(path), { fieldManager: 'bare-client' });
const [paris, london] = [clientOf(plan.paris), clientOf(plan.london)];
const [known, uids] = [new Map<string, Service>(), new Map<string, string | undefined>()];
const [started, done] = [new Set<string>(), new Map<string, string>()];
const stop = new AbortController();
process.once('SIGTERM', () => process.exit(0));
const slot = slots(inFlight);

await Promise.all([
  follow(
    london,
    serviceMirrors,
    {
      namespace,
      tell: ({ object: { metadata } }) => (uids.set(metadata.name, metadata.uid), look(metadata.name)),
    },
    stop.signal,
  ),
  follow(
    paris,
    services,
    {
      namespace,
      tell: ({ object }) => (known.set(object.metadata.name, object), look(object.metadata.name)),
    },
    stop.signal,
  ),
]);
await followGateway();

/** Writes what there is to write for a name, in its turn. */
function look(name: string): void {
  const service = known.get(name);
  if (service === undefined || !uids.has(name)) return;
  if (!started.has(name)) {
    started.add(name);
    void slot(() => mirror(name));
  } else if (done.has(name) && done.get(name) !== versionOf(service)) {
    done.set(name, versionOf(service));
    void slot(() => changed(service));
  }
}

/** Writes a Service, its slice and the status of its mirror. */
async function mirror(name: string): Promise<void> {
  const service = known.get(name)!;
  const sample = sampleFor(plan.samples, name, uids.get(name));
  const { metadata } = await london.create(services, labelled(sample.service, service));
  const slice = structuredClone(sample.slice);
  slice.metadata.ownerReferences![0]!.uid = metadata.uid!;
  await london.create(endpointSlices, slice);
  await london.mergePatch<ServiceMirror>(
    serviceMirrors,
    `${namespace}/${name}`,
    { status: sample.status },
    { subresource: 'status' },
  );
  done.set(name, versionOf(service));
}

/** Passes a change of a service on. */
async function changed({ metadata: { name, labels = {} } }: Service): Promise<void> {
  await london.mergePatch<Service>(services, `${namespace}/${name}`, { metadata: { labels } });
}

/** Lets so many pieces of work run at once; the others wait, first come, first served. */
function slots(count: number): (work: () => Promise<void>) => Promise<void> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/** Turns all slices when the gateway is lost, or back. */
async function followGateway(): Promise<never> {
  let [well, failures] = [true, 0];
  for (;;) {
    const answers = await fetch(plan.gateway, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    failures = answers ? 0 : failures + 1;
    const now = answers || (well && failures < 3);
    if (now !== well) {
      well = now;
      await inTurns([...done.keys()], inFlight, (name) => turn(name, well));
    }
    await sleep(1_000);
  }
}

async function turn(name: string, ready: boolean): Promise<void> {
  const { slice } = sampleFor(plan.samples, name, undefined);
  const endpoints = slice.endpoints?.map((one) => ({ ...one, conditions: { ...one.conditions, ready } }));
  await london.mergePatch<EndpointSlice>(endpointSlices, `${namespace}/${slice.metadata.name}`, {
    endpoints,
  });
}

function labelled<T extends KubeObject>(object: T, from: KubeObject): T {
  object.metadata.labels = { ...object.metadata.labels, ...from.metadata.labels };
  return object;
}

function versionOf(service: Service): string {
  return JSON.stringify(service.metadata.labels);
}
