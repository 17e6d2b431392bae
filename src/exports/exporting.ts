import { isDeepStrictEqual } from 'node:util';
import type { Link } from '../api/link.js';
import type { Namespace, Service, ServiceCaller } from '../api/objects.js';
import { parseLink } from '../api/parse.js';
import { isMirror } from '../api/owner.js';
import { keyOf } from '../api/resources.js';
import type { Cache } from '../runtime/cache.js';
import type { Peer } from '../protocol/peer.js';
import { exportsOf, exportRulesOf, type ExportRule, type ServiceExports } from './exports.js';
import type { HeadlessPods } from './headless.js';
import { createMerge, type Exported } from './merge.js';
import { sparedBy } from './spared.js';

/** The input of exports. */
export interface ExportSources {
  readonly links: Cache<Link>;
  readonly services: Cache<Service>;
  readonly namespaces: Cache<Namespace>;
  /** Webhook configurations and APIServices, as they are now. */
  readonly callers: () => readonly Readonly<ServiceCaller>[];
  /** The pods of headless Services; told which of these are exported. */
  readonly pods: Pick<HeadlessPods, 'need' | 'of' | 'onChange'>;
  /** Our own namespace. */
  readonly own: string;
}

/**
 * Computes exports and keeps results: of 10,000 services it looks again only at those that have changed, and at those of
 * a namespace whose labels have. A Link that cannot be read exports nothing.
 */
export function createExporting({
  links,
  services,
  namespaces,
  callers,
  pods,
  own,
}: ExportSources): (peers: readonly Pick<Peer, 'link'>[]) => Exported {
  const merge = createMerge();
  let rules: readonly ExportRule[] = [];
  let spared = sparedBy(own, []);
  /** Whether all services have been looked at once; before that, no change has to be noted. */
  let started = false;
  /** Keys of services that have changed since the last look, and namespaces whose labels have. */
  const [changed, relabelled] = [new Set<string>(), new Set<string>()];
  /** Keys of the headless services that are exported. */
  const headless = new Set<string>();

  services.onChange((change) => {
    const before = change.type === 'updated' ? change.previous : undefined;
    // mirrors may come and go for days without a look
    if (started && [change.object, before ?? change.object].some((service) => !isMirror(service)))
      changed.add(keyOf(change.object));
  });
  namespaces.onChange((change) => {
    const { name, labels = {} } = change.object.metadata;
    const before = change.type === 'updated' ? (change.previous?.metadata.labels ?? {}) : undefined;
    if (started && !isDeepStrictEqual(before, labels)) relabelled.add(name);
  });

  pods.onChange((service) => {
    for (const key of service === undefined ? headless : [service]) if (headless.has(key)) changed.add(key);
  });

  /** Keys of the services that have to be looked at. */
  function due(all: boolean): ReadonlySet<string> {
    const keys = new Set(changed);
    if (all || relabelled.size > 0)
      for (const service of services.list())
        if (all || relabelled.has(service.metadata.namespace ?? '')) keys.add(keyOf(service));
    changed.clear();
    relabelled.clear();
    return keys;
  }

  function exportsAt(key: string): ServiceExports | undefined {
    headless.delete(key);
    const service = services.get(key);
    if (service === undefined) return undefined;
    const namespace = namespaces.get(service.metadata.namespace ?? '');
    const surroundings = {
      ...(namespace && { namespaceLabels: namespace.metadata.labels ?? {} }),
      pods() {
        headless.add(key);
        return pods.of(service);
      },
    };
    return exportsOf(service, surroundings, rules, spared);
  }

  return (peers) => {
    const before = { rules, spared };
    const readable = links.list().flatMap((object) => {
      const result = parseLink(object);
      return result.ok ? [result.link] : [];
    });
    const fresh = exportRulesOf(readable, peers);
    // the status of a Link changes often, its exports hardly ever
    if (!isDeepStrictEqual(fresh, rules)) rules = fresh;
    const kept = sparedBy(own, rules.length === 0 ? [] : callers());
    if (!isDeepStrictEqual(kept, spared)) spared = kept;
    const keys = due(!started || rules !== before.rules || spared !== before.spared);
    started = true;
    const exported = Array.from(keys, (key) => [key, exportsAt(key)] as const);
    pods.need(new Set(headless));
    return merge(exported);
  };
}
