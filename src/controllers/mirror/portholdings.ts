import { backendsOfSpec, backendsOfStatus, nameOfService, type RemoteService } from '../../api/backends.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import type { HeldPort } from '../../transport/ports.js';
import type { Parties } from '../../transport/shares.js';

/** The ports of one mirror that lead to one target. */
export interface Holding {
  readonly parties: Parties;
  readonly target: string;
  /** Egress ports by service port. A change makes a new map, so a caller may keep this one. */
  ports: ReadonlyMap<number, number>;
}

/** The parties against which a port of that mirror counts. */
export function partiesOf({ metadata }: Readonly<ServiceMirror>, { cluster }: RemoteService): Parties {
  return { mirror: metadata.uid ?? '', namespace: metadata.namespace ?? '', link: cluster };
}

/** What a port leads to. */
export function targetOf({ cluster, ...service }: RemoteService): string {
  return `${cluster}/${nameOfService(service)}`;
}

/** The owner of a port, as the allocator knows it. */
export function ownerOf({ parties, target }: Holding, port: number): string {
  return `${parties.mirror} ${target} ${port}`;
}

/** The ports in a mirror's own status, with their targets; a status of an old version is about the target in the spec. */
export function writtenIn(mirror: Readonly<ServiceMirror>): Holding[] {
  const told = backendsOfStatus(mirror);
  const [named] = backendsOfSpec(mirror);
  const all = told.length > 0 ? told : [{ ...named, ports: mirror.status?.ports ?? [] }];
  return all.map(({ ports, ...backend }) => ({
    parties: partiesOf(mirror, backend),
    target: targetOf(backend),
    ports: new Map(
      ports.flatMap(({ port, gatewayPort }): [number, number][] =>
        gatewayPort === undefined ? [] : [[port, gatewayPort]],
      ),
    ),
  }));
}

/** A sort key: older mirrors come first. */
export function seniorityOf({ metadata }: Readonly<ServiceMirror>): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
}

/** If two mirrors claim a port, the older one keeps it. */
export function heldPorts(mirror: Readonly<ServiceMirror>, holding: Holding): HeldPort[] {
  const seniority = seniorityOf(mirror);
  return [...holding.ports].map(([port, gatewayPort]) => ({
    ...{ owner: ownerOf(holding, port), port: gatewayPort, seniority },
  }));
}
