import { keys } from './names.js';
import type { ServiceMirror } from './servicemirror.js';

/** The ports of a mirror whose connections may share tunnels, and the problems of the annotation. */
export interface Pooled {
  readonly ports: ReadonlySet<number>;
  readonly problem?: string;
}

const none: Pooled = { ports: new Set() };

/**
 * Reads the annotation `linkerd.io/pooled-ports` of a ServiceMirror: numbers of remote ports that speak HTTP,
 * separated by commas. A value that cannot be read pools nothing, which is always correct. This function cannot check
 * that a port speaks HTTP; the author of the annotation vouches for it.
 */
export function pooledOf({ metadata, status }: Readonly<Pick<ServiceMirror, 'metadata' | 'status'>>): Pooled {
  const asked = metadata.annotations?.[keys.pooledPorts];
  if (asked === undefined) return none;
  const words = asked.split(',').map((word) => word.trim());
  const refuse = (message: string) => ({
    ...none,
    problem: `nothing is pooled: annotation ${keys.pooledPorts} ${message}`,
  });
  const wrong = words.find((word) => !/^[1-9][0-9]{0,4}$/.test(word));
  if (wrong !== undefined)
    return refuse(`says "${wrong.slice(0, 64)}"; write numbers of remote ports, as in "80,8080"`);
  const ports = new Set(words.map(Number));
  // before the first status the ports of the mirror are not known
  const known = status?.ports?.map(({ port }) => port);
  const strange = known && [...ports].find((port) => !known.includes(port));
  if (strange !== undefined)
    return refuse(`names port ${strange}, which the mirror does not have; it has ${known!.join(', ')}`);
  return { ports };
}
