import type { EndpointSlice, Service } from '../../../src/api/objects.js';
import { endpointSlices, keyOf, serviceMirrors, services } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import type { KubeClient } from '../../../src/runtime/kube.js';
import { follow } from '../../clusters/follow.js';
import { createLabelWatch } from './labelwatch.js';

/** An independent look at London: when each mirror's objects were as they should be. Times in ms of this process' clock. */
export interface Watcher {
  /** Waits until so many mirrors have their Service, slices that are `ready` or not, and such a status where asked. */
  all(
    count: number,
    wanted: {
      readonly ready: boolean;
      readonly status?: boolean;
      /** How many slices each has. @default 1 */
      readonly slices?: number;
    },
  ): Promise<number>;
  /** Waits until so many slices list that address. */
  listed(address: string, count: number): Promise<number>;
  /** Waits until the label of a Service has that change, or a later one. */
  change(name: string, number: number): Promise<number>;
  /** What there is, for somebody who waits in vain. */
  readonly state: () => string;
  close(): void;
}

/** The label by which a change is known again: its number. */
export const changeLabel = 'bench';

/** The namespaces of mirrors. */
const mirrored = /^shop-/;

/** Watches a London. */
export async function watchLondon(kube: KubeClient): Promise<Watcher> {
  const stop = new AbortController();
  const [has, said, slices] = [new Set<string>(), new Set<string>(), createSliceCounts()];
  const labels = createLabelWatch();
  const waiting = new Set<() => void>();
  const until = (check: () => boolean): Promise<number> =>
    new Promise((resolve) => {
      const look = () => {
        if (!check()) return;
        waiting.delete(look);
        resolve(performance.now());
      };
      waiting.add(look);
      look();
    });
  const tell = <T extends Service | EndpointSlice | ServiceMirror>(
    work: (object: T, gone: boolean) => void,
  ) => ({
    tell({ object, gone }: { object: T; gone: boolean }) {
      if (!mirrored.test(object.metadata.namespace ?? '')) return;
      work(object, gone);
      for (const look of [...waiting]) look();
    },
  });
  const changedTo = ({ metadata }: Service, gone: boolean) => {
    has[gone ? 'delete' : 'add'](metadata.name);
    const label = metadata.labels?.[changeLabel];
    if (label !== undefined) labels.seen(metadata.name, Number(label));
  };
  const judged = ({ metadata, status }: ServiceMirror) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    said[ready ? 'add' : 'delete'](metadata.name);
  };
  await Promise.all([
    follow(kube, services, tell<Service>(changedTo), stop.signal),
    follow(
      kube,
      endpointSlices,
      tell<EndpointSlice>((slice, gone) => slices.seen(slice, gone)),
      stop.signal,
    ),
    follow(kube, serviceMirrors, tell<ServiceMirror>(judged), stop.signal),
  ]);
  return {
    all: (count, { ready, status = false, slices: each = 1 }) =>
      until(
        () => has.size >= count && slices.count(ready) >= each * count && (!status || said.size >= count),
      ),
    listed: (address, count) => until(() => slices.listing(address) === count),
    change: (name, number) => labels.until(name, number),
    state: () =>
      `${has.size} Services, ${slices.count(true)} ready slices, ${slices.count(false)} slices not ready, ${said.size} statuses`,
    close: () => stop.abort(),
  };
}

/** Counts slices that are ready, that are not, and those that list an address. */
export function createSliceCounts() {
  const known = new Map<
    string,
    { readonly state: boolean | undefined; readonly addresses: readonly string[] }
  >();
  const states = new Map<boolean | undefined, number>();
  const addresses = new Map<string, number>();
  const count = (slice: NonNullable<ReturnType<typeof known.get>>, by: 1 | -1) => {
    states.set(slice.state, (states.get(slice.state) ?? 0) + by);
    for (const address of slice.addresses) addresses.set(address, (addresses.get(address) ?? 0) + by);
  };
  return {
    seen(slice: EndpointSlice, gone: boolean): void {
      const key = keyOf(slice);
      const before = known.get(key);
      if (before !== undefined) count(before, -1);
      known.delete(key);
      if (gone) return;
      const endpoints = slice.endpoints ?? [];
      const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false).length;
      const state =
        endpoints.length > 0 && (ready === 0 || ready === endpoints.length) ? ready > 0 : undefined;
      const now = { state, addresses: endpoints.flatMap((endpoint) => endpoint.addresses) };
      known.set(key, now);
      count(now, 1);
    },
    /** Slices all of whose endpoints are ready, or none of them. */
    count: (ready: boolean): number => states.get(ready) ?? 0,
    listing: (address: string): number => addresses.get(address) ?? 0,
  };
}
