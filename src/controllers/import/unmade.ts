import { maxClusters } from '../../api/servicemirror.js';
import { mostAutomatic, mostNamespaces, type Unmade } from '../../mirror/automatic.js';
import { mostFederated, type LeftOut } from '../../mirror/federated.js';

/** How often mirrors of one Service are made, where they go again: so many at once, and then one each time. */
export const restless = { burst: 5, everyMs: 30_000 } as const;
const pauseSeconds = restless.everyMs / 1_000;

/** The selected remote Services that have no automatic mirror, and why. */
export interface UnmadeMirrors {
  /**
   * Notes what became of one Service; `undefined`: it has its mirror, or wants none.
   *
   * @param name key of the mirror that it would have
   * @returns whether this is new of that namespace
   */
  note(service: UnmadeService, why: Unmade | undefined): boolean;
  /** Services that wait for the name of that mirror, as keys of their queue. */
  waitingFor(name: string): readonly string[];
  /** All of a Link, as keys of their queue. */
  of(link: string): readonly string[];
  /** How many there are of a Link, by reason. */
  counts(link: string): Readonly<Partial<Record<Unmade, number>>>;
  /** Forgets a Service that is gone. */
  forgetOne(link: string, key: string): void;
  /** Forgets a Link. */
  forget(link: string): void;
}

/** One Service, as {@link UnmadeMirrors} knows it. */
export interface UnmadeService {
  readonly link: string;
  /** Key of its queue. */
  readonly key: string;
  readonly namespace: string;
  /** Key of the mirror that it would have. */
  readonly name: string;
}

interface Entry {
  readonly service: UnmadeService;
  readonly why: Unmade;
}

/** Starts empty. @param onChange called when the counts of a Link change */
export function createUnmadeMirrors(onChange: (link: string) => void): UnmadeMirrors {
  const byLink = new Map<string, Map<string, Entry>>();
  const byName = new Map<string, Set<Entry>>();
  /** How many there are for the same reason in the same namespace. */
  const alike = new Map<string, number>();

  const drop = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    const { key, link, name } = entry.service;
    byLink.get(link)?.delete(key);
    byName.get(name)?.delete(entry);
    const left = (alike.get(groupOf(entry)) ?? 0) - 1;
    if (left > 0) alike.set(groupOf(entry), left);
    else alike.delete(groupOf(entry));
    if (byLink.get(link)?.size === 0) byLink.delete(link);
    if (byName.get(name)?.size === 0) byName.delete(name);
  };
  const add = (entry: Entry) => {
    const { key, link, name } = entry.service;
    byLink.set(link, (byLink.get(link) ?? new Map<string, Entry>()).set(key, entry));
    byName.set(name, (byName.get(name) ?? new Set<Entry>()).add(entry));
    alike.set(groupOf(entry), (alike.get(groupOf(entry)) ?? 0) + 1);
  };

  return {
    note(service, why) {
      const known = byLink.get(service.link);
      const before = known?.get(service.key);
      if (before?.why === why && before?.service.name === service.name) return false;
      drop(before);
      if (why === undefined) {
        if (before !== undefined) onChange(service.link);
        return false;
      }
      const entry = { service, why };
      add(entry);
      onChange(service.link);
      return alike.get(groupOf(entry)) === 1;
    },
    // a federated mirror may be missing for several Links
    waitingFor: (name) => [...new Set([...(byName.get(name) ?? [])].map(({ service }) => service.key))],
    of: (link) => [...(byLink.get(link)?.keys() ?? [])],
    counts(link) {
      const counts: Partial<Record<Unmade, number>> = {};
      for (const { why } of byLink.get(link)?.values() ?? []) counts[why] = (counts[why] ?? 0) + 1;
      return counts;
    },
    forgetOne(link, key) {
      const entry = byLink.get(link)?.get(key);
      drop(entry);
      if (entry !== undefined) onChange(link);
    },
    forget(link) {
      for (const entry of byLink.get(link)?.values() ?? []) drop(entry);
    },
  };
}

/** What to tell people of a federated mirror that cannot be made. */
export function explainFederated(why: Unmade, { namespace, key, name }: Omit<UnmadeService, 'link'>): string {
  const what = `no federated mirror is made of Service ${key.slice(1)}, and perhaps of others in that namespace`;
  switch (why) {
    case 'NamespaceMissing':
      return `${what}: there is no namespace "${namespace}" here; create it`;
    case 'NamespaceNotAllowed':
      return `${what}: spec.imports.namespaces of no Link that has one selects namespace "${namespace}"; label it, or widen a selector`;
    case 'NameConflict':
      return `${what}: another ServiceMirror is, or wants its Service to be, ${name}; delete that, and this one is made`;
    case 'TooMany':
      return `${what}: its clusters have a part in ${mostFederated} federated mirrors each, and may not in more; narrow spec.imports.federated.selector of their Links`;
    case 'Flapping':
      return `${what} for up to ${pauseSeconds} seconds: mirrors of it were made and went ${restless.burst} times in short order; see what changes the labels of its members, or deletes it`;
    case 'InvalidName':
    case 'TooManyNamespaces':
      return `${what}: its name is none that a Service may have`;
    case 'WriteRefused':
      return `${what}: this cluster's API server does not take it`;
    default:
      return why satisfies never;
  }
}

/** What to tell people of a member that a federated mirror leaves out. */
export function explainLeftOut(
  { cluster, why }: LeftOut,
  { namespace, key, name }: Omit<UnmadeService, 'link'>,
): string {
  const what = `ServiceMirror ${name} leaves out Service ${key.slice(1)} of cluster "${cluster}"`;
  return why === 'TooMany'
    ? `${what}: a Link may have a part in ${mostFederated} federated mirrors, and a mirror may name ${maxClusters} clusters`
    : `${what}: spec.imports.namespaces of this Link does not select namespace "${namespace}"; label it, or widen the selector`;
}

/** The wait (ms) until a look whether there is room for a mirror for which there was none. */
export const roomAgain = 10 * 60_000;

function groupOf({ service, why }: Entry): string {
  return `${service.link}|${service.namespace}|${why}`;
}

/** What to tell people of the Link about one of its Services. */
export function explain(why: Unmade, { link, namespace, key, name }: UnmadeService): string {
  const service = key.slice(link.length + 1);
  const what = `Link "${link}" makes no mirror of the remote Service ${service}, and perhaps of others in that namespace`;
  switch (why) {
    case 'NamespaceMissing':
      return `${what}: there is no namespace "${namespace}" here; create it, or let the Link do that where spec.imports.namespaces allows it (spec.imports.createNamespaces)`;
    case 'TooManyNamespaces':
      return `${what}: the Link has made ${mostNamespaces} namespaces, and may not make more; create namespace "${namespace}", if it is to be here`;
    case 'NamespaceNotAllowed':
      return `${what}: spec.imports.namespaces does not select namespace "${namespace}"; label it, or widen the selector`;
    case 'NameConflict':
      return `${what}: another ServiceMirror is, or wants its Service to be, ${name}; delete that, or set another spec.imports.nameTemplate`;
    case 'InvalidName':
      return `${what}: spec.imports.nameTemplate gives a name that no Service may have; begin it with a letter, as in 'm-{service}'`;
    case 'TooMany':
      return `${what}: the Link has ${mostAutomatic} automatic mirrors, and may not have more; narrow spec.imports.selector, or divide it over two Links`;
    case 'Flapping':
      return `Link "${link}" makes no mirror of the remote Service ${service} for up to ${pauseSeconds} seconds: mirrors of it were made and went ${restless.burst} times in short order; see what changes its labels, or deletes its mirror`;
    case 'WriteRefused':
      return `${what}: this cluster's API server does not take it`;
    default:
      return why satisfies never;
  }
}
