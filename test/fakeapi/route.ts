import type { KubeObject } from '../../src/api/objects.js';

/** What a path and its query ask for. */
export interface Route {
  /** `group/plural`. */
  readonly id: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly query: URLSearchParams;
}

/** Reads a request's URL; undefined when it is no path of an API resource. */
export function parseRoute(url: string): Route | undefined {
  const { pathname, searchParams: query } = new URL(url, 'http://fake');
  const parts = pathname.split('/').slice(1).map(decodeURIComponent);
  const group = parts[0] === 'apis' ? parts[1] : '';
  const rest = parts.slice(parts[0] === 'apis' ? 3 : 2);
  if ((parts[0] !== 'api' && parts[0] !== 'apis') || rest.length === 0) return undefined;
  const scoped = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  const [plural = '', name, subresource] = scoped ? rest.slice(2) : rest;
  return {
    id: `${group}/${plural}`,
    plural,
    query,
    ...(scoped && rest[1] !== undefined && { namespace: rest[1] }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
  };
}

/** The key of the object that a route names. */
export function keyOfRoute({ namespace, name = '' }: Route): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Whether an object is among those that a list or watch asks for. */
export function selected({ namespace, query }: Route, object: KubeObject): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  return (
    matchesLabels(query.get('labelSelector') ?? '', object.metadata.labels ?? {}) &&
    matchesFields(query.get('fieldSelector') ?? '', object)
  );
}

function matchesLabels(selector: string, labels: Record<string, string>): boolean {
  return splitSelector(selector).every((requirement) => {
    const set = /^(\S+) (in|notin) \((.*)\)$/.exec(requirement);
    if (set !== null) {
      const [, key = '', operator, values = ''] = set;
      const label = labels[key];
      return (label !== undefined && values.split(',').includes(label)) === (operator === 'in');
    }
    const equal = /^([^!=]+)(!=|==?)(.*)$/.exec(requirement);
    if (equal !== null) return (labels[equal[1] ?? ''] === equal[3]) === (equal[2] !== '!=');
    return requirement.startsWith('!') ? !(requirement.slice(1) in labels) : requirement in labels;
  });
}

function matchesFields(selector: string, object: KubeObject): boolean {
  return splitSelector(selector).every((requirement) => {
    const [path = '', value] = requirement.split('=');
    let found: unknown = object;
    for (const part of path.split('.')) found = (found as Record<string, unknown> | undefined)?.[part];
    return found === value;
  });
}

/** At commas, but not at those between parentheses. */
function splitSelector(selector: string): string[] {
  return selector.split(/,(?![^(]*\))/).filter((part) => part !== '');
}
