import { isDeepStrictEqual } from 'node:util';
import type { Link } from '../../api/link.js';
import type { Namespace, Service } from '../../api/objects.js';
import { parseLink } from '../../api/parse.js';
import type { Cache } from '../../runtime/cache.js';
import {
  exportsOf,
  mergeExports,
  rulesOf,
  type Exported,
  type Rule,
  type ServiceExport,
} from '../exports.js';
import type { Export, Peer } from '../model.js';

/** From what exports follow. */
export interface ExportSources {
  readonly links: Cache<Link>;
  readonly services: Cache<Service>;
  readonly namespaces: Cache<Namespace>;
}

/** What is exported now, and what cannot be, one sentence each. */
export interface Exports {
  readonly exports: readonly Export[];
  readonly problems: readonly string[];
}

interface Memory {
  readonly namespace: Readonly<Namespace> | undefined;
  readonly rules: readonly Rule[];
  readonly exported: Exported<ServiceExport>;
}

/** Computes exports with a memory: of 10,000 services only those are looked at again for which something has changed. */
export function createExporting({
  links,
  services,
  namespaces,
}: ExportSources): (peers: readonly Peer[]) => Exports {
  const memories = new WeakMap<Readonly<Service>, Memory>();
  let rules: readonly Rule[] = [];

  function ofService(service: Readonly<Service>): Exported<ServiceExport> {
    const namespace = namespaces.get(service.metadata.namespace ?? '');
    const memory = memories.get(service);
    if (memory !== undefined && memory.namespace === namespace && memory.rules === rules)
      return memory.exported;
    const labels = namespace && (namespace.metadata.labels ?? {});
    const exported = exportsOf(service, labels, rules);
    memories.set(service, { namespace, rules, exported });
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
