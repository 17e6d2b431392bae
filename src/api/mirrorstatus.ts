import { IsIn, IsInt, IsString, MaxLength } from 'class-validator';
import { StatusCondition } from './condition.js';
import { Doc } from './crd.js';
import { Nested, NestedList, Optional } from './fields.js';
import type { Condition } from './objects.js';

/**
 * Most ports that a status lists. It is the number of egress ports that one mirror may have, because routes follow
 * from the status.
 */
export const maxMirroredPorts = 256;

/** One mirrored port; `gatewayPort` is the port allocated on the egress gateway (transport gateway only). */
@Doc('One mirrored port.')
export class MirroredPort {
  @Doc('Name of the port, as the remote Service has it.')
  @Optional()
  @IsString()
  @MaxLength(63)
  name?: string;

  @Doc('Number of the port, the same on both sides.', { format: 'int32' })
  @IsInt()
  port!: number;

  @Doc('Protocol of the port.', { default: 'TCP' })
  @IsString()
  @MaxLength(8)
  protocol!: string;

  @Doc("Transport gateway only: port of this cluster's egress gateway that leads to the remote port.", {
    format: 'int32',
  })
  @Optional()
  @IsInt()
  gatewayPort?: number;
}

/** The local Service. */
@Doc('The local Service.')
export class LocalService {
  @Doc('Name of the Service, in the namespace of the ServiceMirror.')
  @IsString()
  @MaxLength(63)
  name!: string;

  @Doc('Its ClusterIP; None for a headless Service.')
  @Optional()
  @IsString()
  @MaxLength(64)
  clusterIP?: string;
}

/** The remote Service. */
@Doc('The remote Service.')
export class MirrorSource {
  @Doc('Name of the Link.')
  @IsString()
  @MaxLength(63)
  cluster!: string;

  @Doc('Remote namespace.')
  @IsString()
  @MaxLength(63)
  namespace!: string;

  @Doc('Name of the remote Service.')
  @IsString()
  @MaxLength(63)
  name!: string;

  @Doc('Host name of the pod, if one pod of a headless Service is mirrored.')
  @Optional()
  @IsString()
  @MaxLength(63)
  hostname?: string;

  @Doc('Namespace and name in one word, as in default/hello, or of one pod, as in default/db-0.db.')
  @IsString()
  @MaxLength(191)
  display!: string;
}

/** What a backend does: it takes connections, or could, or cannot. */
export const backendStates = ['Serving', 'Standby', 'NotReady'] as const;

/** See {@link backendStates}. */
export type BackendState = (typeof backendStates)[number];

/** One of several clusters behind one name. */
@Doc('One of several clusters behind one name.')
export class BackendStatus {
  @Doc("Name of the Link, or 'local'.")
  @IsString()
  @MaxLength(63)
  cluster!: string;

  @Doc('Namespace of its Service.')
  @IsString()
  @MaxLength(63)
  namespace!: string;

  @Doc('Name of its Service.')
  @IsString()
  @MaxLength(63)
  name!: string;

  @Doc('Serving: it takes connections. Standby: it would, if those before it could not. NotReady: it cannot.')
  @IsIn(backendStates)
  state!: BackendState;

  @Doc('As in spec.clusters.', { format: 'int32' })
  @IsInt()
  priority!: number;

  @Doc('As in spec.clusters.', { format: 'int32' })
  @IsInt()
  weight!: number;

  @Doc('Its endpoints that a connection made now can reach.', { format: 'int32' })
  @Optional()
  @IsInt()
  ready?: number;

  @Doc('All of its endpoints.', { format: 'int32' })
  @Optional()
  @IsInt()
  total?: number;

  @Doc("Transport gateway only: the ports of this cluster's egress gateway that lead to it.")
  @Optional()
  @NestedList(MirroredPort, { keys: ['port', 'protocol'], maxItems: maxMirroredPorts })
  ports?: MirroredPort[];
}

/** How many endpoints a mirror has. */
@Doc("The remote Service's endpoints.")
export class EndpointCount {
  @Doc('Those that a connection made now can reach.', { format: 'int32' })
  @IsInt()
  ready!: number;

  @Doc('All of them.', { format: 'int32' })
  @IsInt()
  total!: number;

  @Doc('Both in one word, as in 2/3; of several clusters each, as in "paris 2/2, lyon 3/3 standby".')
  @IsString()
  @MaxLength(2048)
  display!: string;
}

/** The status of a mirror; only the status controller writes it. */
@Doc('What the operator says of this mirror.')
export class ServiceMirrorStatus {
  @Doc('The generation of the spec that this status was made from.', { format: 'int64' })
  @Optional()
  @IsInt()
  observedGeneration?: number;

  @Doc(
    'Accepted: the object makes sense here. Synced: the local Service says what the remote one says. EndpointsReady: a connection made now would reach a remote pod. Ready: all of it; its reason and message say what is missing. Stalled and Reconciling are for kstatus: somebody must change something, or wait.',
  )
  @Optional()
  @NestedList(StatusCondition, { keys: ['type'], maxItems: 16 })
  conditions?: Condition[];

  @Doc('The local Service.')
  @Optional()
  @Nested(LocalService)
  service?: LocalService;

  @Doc('The remote Service.')
  @Optional()
  @Nested(MirrorSource)
  source?: MirrorSource;

  @Doc('The mirrored ports, as the local Service has them; at most 256 of them.')
  @Optional()
  @NestedList(MirroredPort, { keys: ['port', 'protocol'], maxItems: maxMirroredPorts })
  ports?: MirroredPort[];

  @Doc("The remote Service's endpoints.")
  @Optional()
  @Nested(EndpointCount)
  endpoints?: EndpointCount;

  @Doc('With spec.clusters: what each of them does.')
  @Optional()
  @NestedList(BackendStatus, { keys: ['cluster'], maxItems: 32 })
  backends?: BackendStatus[];
}
