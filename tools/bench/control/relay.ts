import { setTimeout as sleep } from 'node:timers/promises';
import { podLabels } from '../../../src/api/names.js';
import type { EndpointSlice, Pod, Service } from '../../../src/api/objects.js';
import { endpointSlices, keyOf, pods, serviceMirrors, services } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import { labelSelectorToString } from '../../../src/runtime/selector.js';
import { inTurns } from '../../clusters/turns.js';
import { createBareClient, inFlight, type BareAccess } from './bareclient.js';
import { automaticMirrorOf, chosen, ownNamespace } from './objects.js';
import { sampleFor, type Named, type Samples } from './samples.js';
import { createSlots } from './slots.js';

/** What the bare client is told, as JSON. */
export interface RelayPlan {
  readonly paris: BareAccess;
  readonly london: BareAccess;
  /** What the operator wrote for one mirror; the same is written for all. */
  readonly samples: Samples;
  /** What makes slices ready or not: a URL that answers 200 while the gateway is well, or London's egress pods. */
  readonly follows: { readonly url: string } | 'egress pods';
  /** It writes the ServiceMirrors, too. */
  readonly makes: boolean;
}

// A client without a cache, a queue or a status of its own: the least that can write the same objects.
const plan = JSON.parse(process.argv[2] ?? '') as RelayPlan;
const [paris, london] = [createBareClient(plan.paris), createBareClient(plan.london)];
/** Services of Paris, mirrors of London, and what was written of the Services, by their key. */
const known = new Map<string, Service>();
const mirrors = new Map<string, ServiceMirror>();
const written = new Map<string, string>();
const busy = new Set<string>();
const slot = createSlots(inFlight);
process.once('SIGTERM', () => process.exit(0));

const selector = labelSelectorToString({ matchLabels: chosen });
await Promise.all([
  london.follow(serviceMirrors, {}, (mirror) => {
    mirrors.set(keyOf(mirror), mirror);
    look(keyOf(mirror));
  }),
  paris.follow(services, { labelSelector: selector }, (service) => {
    known.set(keyOf(service), service);
    look(keyOf(service));
  }),
]);
if (plan.follows === 'egress pods') await followPods();
else await followGateway(plan.follows.url);

/** Writes what there is to write of a service, in its turn; changes do not wait for imports. */
function look(key: string): void {
  const [service, mirror] = [known.get(key), mirrors.get(key)];
  if (service === undefined || busy.has(key) || (mirror === undefined && !plan.makes)) return;
  const before = written.get(key);
  if (before === labelsOf(service)) return;
  busy.add(key);
  void slot(before === undefined ? 'later' : 'soon', async () => {
    const now = known.get(key)!;
    if (before === undefined)
      await create(now, mirror ?? (await london.create(serviceMirrors, automaticMirrorOf(now))));
    else await london.patch(services, key, { metadata: { labels: now.metadata.labels } });
    written.set(key, labelsOf(now));
    busy.delete(key);
    look(key);
  });
}

/** Writes a Service, its slice and the status of its mirror. */
async function create({ metadata: { labels } }: Service, mirror: ServiceMirror): Promise<void> {
  const { service, slice, status } = sampleFor(plan.samples, named(mirror), mirror.metadata.uid);
  service.metadata.labels = { ...service.metadata.labels, ...labels };
  const { metadata } = await london.create(services, service);
  slice.metadata.ownerReferences![0]!.uid = metadata.uid!;
  await london.create(endpointSlices, slice);
  await london.replaceStatus(serviceMirrors, { ...mirror, status });
}

function named({ metadata: { name, namespace = '' } }: ServiceMirror): Named {
  return { name, namespace };
}

function labelsOf({ metadata }: Service): string {
  return JSON.stringify(metadata.labels);
}

/** Turns all slices when the gateway is lost, or back. */
async function followGateway(url: string): Promise<never> {
  const { slice } = plan.samples;
  let [well, failures] = [true, 0];
  for (;;) {
    const answers = await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    failures = answers ? 0 : failures + 1;
    const now = answers || (well && failures < 3);
    if (now !== well) {
      well = now;
      await point(
        slice.endpoints?.map((one) => ({ ...one, conditions: { ...one.conditions, ready: well } })),
      );
    }
    await sleep(1_000);
  }
}

/** Lists the egress pods that stay, in all slices, whenever one comes or goes. */
async function followPods(): Promise<void> {
  const staying = new Map<string, string>();
  let told: string | undefined;
  const again = () => {
    const addresses = [...staying.values()].toSorted();
    if (told === undefined || told === addresses.join()) return;
    told = addresses.join();
    void point(addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })));
  };
  const labelSelector = labelSelectorToString({ matchLabels: podLabels('egress') });
  await london.follow<Pod>(pods, { namespace: ownNamespace, labelSelector }, ({ metadata, status }) => {
    const address = metadata.deletionTimestamp === undefined ? status?.podIP : undefined;
    if (address === undefined) staying.delete(metadata.name);
    else staying.set(metadata.name, address);
    again();
  });
  told = [...staying.values()].toSorted().join();
}

/** Gives every slice these endpoints. */
async function point(endpoints: EndpointSlice['endpoints']): Promise<void> {
  await inTurns([...written.keys()], inFlight, async (key) => {
    const { namespace, name } = named(mirrors.get(key)!);
    const { slice } = sampleFor(plan.samples, { namespace, name }, undefined);
    await london.patch(endpointSlices, `${namespace}/${slice.metadata.name}`, { endpoints });
  });
}
