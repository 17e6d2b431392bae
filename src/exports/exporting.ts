import { isDeepStrictEqual } from 'node:util';
import type { Link } from '../api/link.js';
import type { Namespace, Service, ServiceCaller } from '../api/objects.js';
import { parseLink } from '../api/parse.js';
import type { Cache } from '../runtime/cache.js';
import type { Peer } from '../protocol/peer.js';
import { exportsOf, exportRulesOf, type Exported, type ExportRule } from './exports.js';
import { mergeExports } from './merge.js';
import { sparedBy, type Spared } from './spared.js';

/** The input of exports. */
export interface ExportSources {
  readonly links: Cache<Link>;
  readonly services: Cache<Service>;
  readonly namespaces: Cache<Namespace>;
  /** Webhook configurations and APIServices, as they are now. */
  readonly callers: () => readonly Readonly<ServiceCaller>[];
  /** Our own namespace. */
  readonly own: string;
}

interface Memory {
  readonly namespace: Readonly<Namespace> | undefined;
  readonly rules: readonly ExportRule[];
  readonly spared: Spared;
  readonly exported: Exported;
}

/**
 * Computes exports and keeps results: of 10,000 services it looks again only at those for which something has
 * changed. A Link that cannot be read exports nothing.
 */
export function createExporting({
  links,
  services,
  namespaces,
  callers,
  own,
}: ExportSources): (peers: readonly Pick<Peer, 'link'>[]) => Exported {
  const memories = new WeakMap<Readonly<Service>, Memory>();
  let rules: readonly ExportRule[] = [];
  let spared = sparedBy(own, []);

  function ofService(service: Readonly<Service>): Exported {
    const namespace = namespaces.get(service.metadata.namespace ?? '');
    const memory = memories.get(service);
    const asBefore = memory?.namespace === namespace && memory?.rules === rules && memory.spared === spared;
    if (memory !== undefined && asBefore) return memory.exported;
    const labels = namespace && (namespace.metadata.labels ?? {});
    const exported = exportsOf(service, labels, rules, spared);
    memories.set(service, { namespace, rules, spared, exported });
    return exported;
  }

  return (peers) => {
    const readable = links.list().flatMap((object) => {
      const result = parseLink(object);
      return result.ok ? [result.link] : [];
    });
    const fresh = exportRulesOf(readable, peers);
    // the status of a Link changes often, its exports hardly ever
    if (!isDeepStrictEqual(fresh, rules)) rules = fresh;
    if (rules.length === 0) return { exports: [], problems: [] };
    const kept = sparedBy(own, callers());
    if (!isDeepStrictEqual(kept, spared)) spared = kept;
    return mergeExports(services.list().map(ofService));
  };
}
