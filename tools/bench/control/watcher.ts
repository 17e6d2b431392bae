import type { EndpointSlice, Service } from '../../../src/api/objects.js';
import { endpointSlices, serviceMirrors, services } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import type { KubeClient } from '../../../src/runtime/kube.js';
import { follow } from '../../clusters/follow.js';
import { namespace } from './objects.js';

/** An independent look at London: when each mirror's objects were as they should be. Times in ms of this process' clock. */
export interface Watcher {
  /** Waits until so many mirrors have their Service, a slice that is `ready` or not, and such a status where asked. */
  all(count: number, wanted: { readonly ready: boolean; readonly status?: boolean }): Promise<number>;
  /** Waits until the label of a Service is that. */
  label(name: string, value: string): Promise<number>;
  close(): void;
}

/** The label by which a change is known again. */
export const changeLabel = 'bench';

/** Watches a London. */
export async function watchLondon(kube: KubeClient): Promise<Watcher> {
  const stop = new AbortController();
  const [has, ready, notReady, said] = [
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
  ];
  const labels = new Map<string, { value: string; at: number }>();
  let waiting: (() => void)[] = [];
  const look = () => {
    const all = waiting;
    waiting = [];
    for (const one of all) one();
  };
  const until = (check: () => number | undefined): Promise<number> =>
    new Promise((resolve) => {
      const again = () => {
        const at = check();
        if (at === undefined) waiting.push(again);
        else resolve(at);
      };
      again();
    });
  const tell = <T>(work: (object: T, gone: boolean) => void) => ({
    namespace,
    tell: ({ object, gone }: { object: T; gone: boolean }) => {
      work(object, gone);
      look();
    },
  });
  await Promise.all([
    follow(
      kube,
      services,
      tell<Service>(({ metadata }, gone) => {
        has[gone ? 'delete' : 'add'](metadata.name);
        const value = metadata.labels?.[changeLabel];
        if (value !== undefined && labels.get(metadata.name)?.value !== value)
          labels.set(metadata.name, { value, at: performance.now() });
      }),
      stop.signal,
    ),
    follow(
      kube,
      endpointSlices,
      tell<EndpointSlice>((slice, gone) => {
        const { name } = slice.metadata;
        const states = (slice.endpoints ?? []).map(({ conditions }) => conditions?.ready !== false);
        for (const [set, state] of [
          [ready, true],
          [notReady, false],
        ] as const)
          set[!gone && states.length > 0 && states.every((one) => one === state) ? 'add' : 'delete'](name);
      }),
      stop.signal,
    ),
    follow(
      kube,
      serviceMirrors,
      tell<ServiceMirror>(({ metadata, status }) => {
        const isReady = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
        said[isReady ? 'add' : 'delete'](metadata.name);
      }),
      stop.signal,
    ),
  ]);
  return {
    all: (count, wanted) =>
      until(() =>
        has.size >= count &&
        (wanted.ready ? ready : notReady).size >= count &&
        (wanted.status !== true || said.size >= count)
          ? performance.now()
          : undefined,
      ),
    label: (name, value) =>
      until(() => (labels.get(name)?.value === value ? labels.get(name)!.at : undefined)),
    close: () => stop.abort(),
  };
}
