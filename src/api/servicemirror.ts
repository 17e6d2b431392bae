import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn } from 'class-validator';
import { Doc, Rule } from './crd.js';
import { Check, Int, Nested, NestedList, Optional, Text } from './fields.js';
import { unseenStatus } from './kstatus.js';
import { dnsLabel, portName, serviceName } from './formats.js';
import { ServiceMirrorStatus } from './mirrorstatus.js';
import type { KubeObject } from './objects.js';

export { MirroredPort, ServiceMirrorStatus } from './mirrorstatus.js';

/** The remote service of a mirror. */
@Doc('Names a remote Service.')
export class RemoteServiceRef {
  @Doc('Name of the remote Service.')
  @Text(dnsLabel('the name of the remote Service'))
  name!: string;

  @Doc("Namespace of the remote Service. Left out: the ServiceMirror's own.")
  @Optional()
  @Text(dnsLabel('the name of a remote namespace'))
  namespace?: string;

  @Doc(
    'Host name of one pod of a remote headless Service, as those of a StatefulSet have: this pod alone is mirrored, under a ClusterIP.',
  )
  @Optional()
  @Text(dnsLabel('the host name of a pod'))
  hostname?: string;
}

const isPort = (port: unknown) =>
  typeof port === 'number'
    ? Number.isInteger(port) && port >= 1 && port <= 65535
    : typeof port === 'string' && port.length <= portName.maxLength && portName.pattern.test(port);

/** Most clusters behind one name. */
export const maxClusters = 32;

/** One of several clusters behind one name. */
@Doc('One of several clusters behind one name.')
export class MirrorCluster {
  @Doc("Name of a Link, or 'local' for this cluster's own Service of that name.")
  @Text(dnsLabel("the name of a Link, or 'local'", 40))
  name!: string;

  @Doc(
    'Clusters of the lowest priority that have ready endpoints serve; the next ones take over when none has. Left out: 0.',
  )
  @Optional()
  @Int(0, 100)
  priority?: number;

  @Doc(
    'Its part of the connections, beside the weights of the others that serve. 0: it gets none. Left out: 1.',
  )
  @Optional()
  @Int(0, 1000)
  weight?: number;
}

/** How connections are divided among clusters of one priority, besides evenly; the word is that of a Service's spec. */
export const distributions = ['PreferClose'] as const;

/** A number of endpoints, or a percentage of them. */
const minReadyForm = /^(100|[1-9][0-9]?)%$/;
const minReadyFix = 'write a whole number from 1 to 10000, or a percentage such as 50%';

const isMinReady = (value: unknown) =>
  typeof value === 'number'
    ? Number.isInteger(value) && value >= 1 && value <= 10_000
    : typeof value === 'string' && minReadyForm.test(value);

/** Whether the clusters of a spec name `local`, which is the Service of that name here. */
const hasLocal = ({ clusters = [] }: ServiceMirrorSpec) => clusters.some(({ name }) => name === 'local');

/** The spec of a mirror: one service of one linked cluster, or of several, under a local name. */
@Doc('Which remote Service, and its name here.')
@Rule<ServiceMirrorSpec>({
  rule: '(has(self.name) ? self.name : self.service.name) == (has(oldSelf.name) ? oldSelf.name : oldSelf.service.name)',
  message:
    'the name of the local Service (spec.name, or spec.service.name without it) is immutable: keep it, or delete this ServiceMirror and create another',
  fieldPath: '.name',
})
@Rule<ServiceMirrorSpec>({
  rule: "has(self.name) || self.service.name.matches('^[a-z]')",
  message:
    'the remote name begins with a digit, which a local Service may not: set spec.name to a name that begins with a letter',
  fieldPath: '.name',
  holds: ({ name, service }) => name !== undefined || /^[a-z]/.test(service.name),
})
@Rule<ServiceMirrorSpec>({
  rule: 'has(self.cluster) != has(self.clusters)',
  message: 'write either cluster, the name of one Link, or clusters, a list of them',
  fieldPath: '.cluster',
  holds: ({ cluster, clusters }) => (cluster === undefined) !== (clusters === undefined),
})
@Rule<ServiceMirrorSpec>({
  rule: "!has(self.clusters) || self.clusters.exists(c, c.name != 'local')",
  message: "name at least one Link beside 'local': a Service of this cluster alone needs no mirror",
  fieldPath: '.clusters',
  holds: ({ clusters }) => clusters?.some(({ name }) => name !== 'local') ?? true,
})
@Rule<ServiceMirrorSpec>({
  rule: "!has(self.clusters) || !self.clusters.exists(c, c.name == 'local') || (has(self.name) && self.name != self.service.name)",
  message:
    "with 'local' among the clusters, the mirror's Service needs another name than the local Service: set spec.name to a name that is not service.name",
  fieldPath: '.name',
  holds: (spec) => !hasLocal(spec) || (spec.name !== undefined && spec.name !== spec.service.name),
})
@Rule<ServiceMirrorSpec>({
  rule: '!has(self.trafficDistribution) || has(self.clusters)',
  message: 'trafficDistribution is for several clusters: write clusters, or leave it out',
  fieldPath: '.trafficDistribution',
  holds: ({ trafficDistribution, clusters }) => trafficDistribution === undefined || clusters !== undefined,
})
@Rule<ServiceMirrorSpec>({
  rule: '!has(self.minReady) || has(self.clusters)',
  message: 'minReady is for several clusters: write clusters, or leave it out',
  fieldPath: '.minReady',
  holds: ({ minReady, clusters }) => minReady === undefined || clusters !== undefined,
})
@Rule<ServiceMirrorSpec>({
  rule: '!has(self.service.hostname) || has(self.cluster)',
  message: 'service.hostname names a pod of one cluster: write cluster in place of clusters, or leave it out',
  fieldPath: '.service',
  holds: ({ service, cluster }) => service?.hostname === undefined || cluster !== undefined,
})
export class ServiceMirrorSpec {
  @Doc('The cluster from which to mirror: name of a Link.', {
    'x-kubernetes-validations': [
      { rule: "self != 'local'", message: "'local' is this cluster itself: write the name of a Link" },
    ],
  })
  @Text(dnsLabel('the name of a Link', 40))
  @Check((cluster) => cluster !== 'local', "'local' is this cluster itself: write the name of a Link")
  @Optional()
  cluster?: string;

  @Doc(
    "In place of cluster: several clusters that serve one name, each the name of a Link, or 'local' for the Service of that name in the ServiceMirror's own namespace.",
  )
  @NestedList(MirrorCluster, { keys: ['name'], minItems: 1, maxItems: maxClusters })
  @Check(
    (clusters) =>
      !Array.isArray(clusters) ||
      new Set((clusters as Partial<MirrorCluster>[]).map((one) => one?.name)).size === clusters.length,
    'write each cluster once',
  )
  @Optional()
  clusters?: MirrorCluster[];

  @Doc(
    'With clusters: PreferClose lets, of those that could serve, only the one serve whose gateway answers first; this cluster itself is the closest. Left out: all of them serve.',
    { enum: [...distributions] },
  )
  @Optional()
  @IsIn(distributions, { message: `write ${distributions.join(' or ')}, or leave it out` })
  trafficDistribution?: (typeof distributions)[number];

  @Doc(
    'With clusters: a cluster of a lower priority number takes traffic back only when it has this many ready endpoints, or this percentage of its endpoints. Left out: 1.',
    {
      'x-kubernetes-int-or-string': true,
      maxLength: 4,
      'x-kubernetes-validations': [
        {
          rule: `type(self) == int ? self >= 1 && self <= 10000 : self.matches(r'${minReadyForm.source}')`,
          message: minReadyFix,
        },
      ],
    },
  )
  @Optional()
  @Check(isMinReady, minReadyFix)
  minReady?: number | string;

  @Doc('The Service to mirror from that cluster.')
  @Nested(RemoteServiceRef)
  service!: RemoteServiceRef;

  @Doc(
    'Name of the local Service, in the namespace of the ServiceMirror. Left out: the name of the remote Service. Immutable.',
  )
  @Optional()
  @Text(serviceName('the name of a Service'))
  name?: string;

  @Doc('Which of the remote ports to mirror, by number or name. Left out: all.', {
    type: 'array',
    items: {
      'x-kubernetes-int-or-string': true,
      maxLength: portName.maxLength,
      'x-kubernetes-validations': [
        {
          rule: `type(self) == int ? self >= 1 && self <= 65535 : self.matches(r'${portName.pattern.source}')`,
          message: portName.fix,
        },
      ],
    },
    'x-kubernetes-list-type': 'set',
  })
  @Optional()
  @IsArray({ message: 'write a list of ports' })
  @ArrayMinSize(1, { message: 'write at least one port, or leave ports out for all' })
  @ArrayMaxSize(64, { message: 'write at most 64 ports' })
  @Check((ports) => Array.isArray(ports) && ports.every(isPort), portName.fix)
  @Check((ports) => new Set(ports as unknown[]).size === (ports as unknown[]).length, 'write each port once')
  ports?: (string | number)[];
}

/** A ServiceMirror as it is described in its CRD. */
@Doc(
  'A ServiceMirror makes a Service of a linked cluster callable here as if it were local: a Service of its own name appears in its namespace and leads to the remote pods.',
)
export class ServiceMirrorRoot {
  @Doc('Which remote Service, and its name here.')
  @Nested(ServiceMirrorSpec)
  spec!: ServiceMirrorSpec;

  @Doc('What the operator says of this mirror; nobody else writes it.', { default: unseenStatus })
  @Optional()
  @Nested(ServiceMirrorStatus)
  status?: ServiceMirrorStatus;
}

/** A ServiceMirror as the API server stores it. */
export interface ServiceMirror extends KubeObject {
  spec: ServiceMirrorSpec;
  status?: ServiceMirrorStatus;
}
