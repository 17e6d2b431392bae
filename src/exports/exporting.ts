import { isDeepStrictEqual } from 'node:util';
import type { Link } from '../api/link.js';
import type { Namespace, Service, ServiceCaller } from '../api/objects.js';
import { parseLink } from '../api/parse.js';
import type { Cache } from '../runtime/cache.js';
import type { Peer } from '../protocol/peer.js';
import type { Export } from './export.js';
import { sparedBy, type Spared } from './spared.js';
import {
  exportsOf,
  mergeExports,
  rulesOf,
  type Exported,
  type ExportRule,
  type ServiceExport,
} from './exports.js';

/** From what exports follow. */
export interface ExportSources {
  readonly links: Cache<Link>;
  readonly services: Cache<Service>;
  readonly namespaces: Cache<Namespace>;
  /** Webhook configurations and APIServices. */
  readonly callers: readonly Cache<ServiceCaller>[];
  /** Our own namespace. */
  readonly own: string;
}

/** What is exported now, and what cannot be, one sentence each. */
export interface Exports {
  readonly exports: readonly Export[];
  readonly problems: readonly string[];
}

interface Memory {
  readonly namespace: Readonly<Namespace> | undefined;
  readonly rules: readonly ExportRule[];
  readonly spared: Spared;
  readonly exported: Exported<ServiceExport>;
}

/** Computes exports with a memory: of 10,000 services only those are looked at again for which something has changed. */
export function createExporting({
  links,
  services,
  namespaces,
  callers,
  own,
}: ExportSources): (peers: readonly Peer[]) => Exports {
  const memories = new WeakMap<Readonly<Service>, Memory>();
  let rules: readonly ExportRule[] = [];
  let spared = sparedBy(own, []);

  function ofService(service: Readonly<Service>): Exported<ServiceExport> {
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
    const parsed = links.list().map((object) => ({ object, result: parseLink(object) }));
    const asked = rulesOf(
      parsed.flatMap(({ result }) => (result.ok ? [result.link] : [])),
      peers,
    );
    // the status of a Link changes often, what it exports hardly ever
    if (!isDeepStrictEqual(asked, rules)) rules = asked;
    const left = sparedBy(
      own,
      callers.flatMap((cache) => cache.list()),
    );
    if (!isDeepStrictEqual(left, spared)) spared = left;
    const { exports, problems } = mergeExports(services.list().map(ofService));
    return {
      exports,
      problems: [
        ...parsed.flatMap(({ object, result }) => (result.ok ? [] : [unreadable(object, result.problems)])),
        ...problems.map(
          ({ service, message, served }) =>
            `Service ${service} is ${served ? 'exported, but' : 'not exported:'} ${message}`,
        ),
      ],
    };
  };
}

function unreadable({ metadata }: Readonly<Link>, problems: readonly string[]): string {
  return `Link ${metadata.name} exports nothing: ${problems.join('; ')}`;
}
