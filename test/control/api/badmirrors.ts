import { mirrorOf, type BadObject } from './written.js';

/** Mirrors that must be refused. */
export const badMirrors: Readonly<Record<string, BadObject>> = {
  'a mirror without a spec': {
    object: { ...mirrorOf(), spec: undefined },
    field: 'spec',
    fix: /Required value|write an object/,
  },
  'a mirror without a cluster': {
    object: mirrorOf({ cluster: undefined }),
    field: 'spec.cluster',
    fix: /write either cluster/,
  },
  'a mirror with both cluster and clusters': {
    object: mirrorOf({ clusters: [{ name: 'cluster-b' }] }),
    field: 'spec.cluster',
    fix: /write either cluster/,
  },
  'one pod of several clusters': {
    object: mirrorOf({
      ...{ cluster: undefined, clusters: [{ name: 'cluster-a' }] },
      service: { name: 'hello', hostname: 'hello-0' },
    }),
    field: 'spec.service',
    fix: /write cluster in place of clusters/,
  },
  'a host name with a dot': {
    object: mirrorOf({ service: { name: 'hello', hostname: 'a.b' } }),
    field: 'spec.service.hostname',
    fix: /host name of a pod/,
  },
  'an empty list of clusters': {
    object: mirrorOf({ cluster: undefined, clusters: [] }),
    field: 'spec.clusters',
    fix: /at least 1 items|write 1 to 32 items/,
  },
  'a cluster that is named twice': {
    object: mirrorOf({ cluster: undefined, clusters: [{ name: 'cluster-a' }, { name: 'cluster-a' }] }),
    field: 'spec.clusters',
    fix: /Duplicate value|write each cluster once/,
  },
  'clusters that are this one alone': {
    object: mirrorOf({ cluster: undefined, clusters: [{ name: 'local' }], name: 'other' }),
    field: 'spec.clusters',
    fix: /name at least one Link beside 'local'/,
  },
  'a local backend without another name for the mirror': {
    object: mirrorOf({ cluster: undefined, clusters: [{ name: 'local' }, { name: 'cluster-a' }] }),
    field: 'spec.name',
    fix: /set spec.name to a name that is not service.name/,
  },
  'a negative weight': {
    object: mirrorOf({ cluster: undefined, clusters: [{ name: 'cluster-a', weight: -1 }] }),
    field: 'spec.clusters[0].weight',
    fix: /greater than or equal to 0|from 0 to 1000/,
  },
  'a priority beyond 100': {
    object: mirrorOf({ cluster: undefined, clusters: [{ name: 'cluster-a', priority: 101 }] }),
    field: 'spec.clusters[0].priority',
    fix: /less than or equal to 100|from 0 to 100/,
  },
  'minReady with one cluster': {
    object: mirrorOf({ minReady: 2 }),
    field: 'spec.minReady',
    fix: /minReady is for several clusters/,
  },
  'trafficDistribution with one cluster': {
    object: mirrorOf({ trafficDistribution: 'PreferClose' }),
    field: 'spec.trafficDistribution',
    fix: /trafficDistribution is for several clusters/,
  },
  'another trafficDistribution': {
    object: mirrorOf({ cluster: undefined, clusters: [{ name: 'cluster-a' }], trafficDistribution: 'Near' }),
    field: 'spec.trafficDistribution',
    fix: /supported values: "PreferClose"|write PreferClose, or leave it out/,
  },
  'minReady of 0': {
    object: mirrorOf({ cluster: undefined, clusters: [{ name: 'cluster-a' }], minReady: 0 }),
    field: 'spec.minReady',
    fix: /write a whole number from 1 to 10000, or a percentage/,
  },
  'minReady of 120%': {
    object: mirrorOf({ cluster: undefined, clusters: [{ name: 'cluster-a' }], minReady: '120%' }),
    field: 'spec.minReady',
    fix: /write a whole number from 1 to 10000, or a percentage/,
  },
  'a mirror of this cluster itself': {
    object: mirrorOf({ cluster: 'local' }),
    field: 'spec.cluster',
    fix: /write the name of a Link/,
  },
  'a cluster that no Link can be called': {
    object: mirrorOf({ cluster: 'Cluster_A' }),
    field: 'spec.cluster',
    fix: /write the name of a Link: at most 40 lower-case/,
  },
  'a cluster name of 41 characters': {
    object: mirrorOf({ cluster: 'c'.repeat(41) }),
    field: 'spec.cluster',
    fix: /40/,
  },
  'a mirror without a service': {
    object: mirrorOf({ service: undefined }),
    field: 'spec.service',
    fix: /Required value|write an object/,
  },
  'a service written as one word': {
    object: mirrorOf({ service: 'default/hello' }),
    field: 'spec.service',
    fix: /must be of type object|write an object/,
  },
  'a service without a name': {
    object: mirrorOf({ service: { namespace: 'default' } }),
    field: 'spec.service.name',
    fix: /Required value|write the name of the remote Service/,
  },
  'a service name with a dot': {
    object: mirrorOf({ service: { name: 'hello.default' } }),
    field: 'spec.service.name',
    fix: /write the name of the remote Service: at most 63 lower-case/,
  },
  'a remote namespace in capitals': {
    object: mirrorOf({ service: { name: 'hello', namespace: 'Default' } }),
    field: 'spec.service.namespace',
    fix: /write the name of a remote namespace: at most 63 lower-case/,
  },
  'a local name that begins with a digit': {
    object: mirrorOf({ name: '1hello' }),
    field: 'spec.name',
    fix: /write the name of a Service: .* a letter first/,
  },
  'a local name of 64 characters': {
    object: mirrorOf({ name: 'a'.repeat(64) }),
    field: 'spec.name',
    fix: /63/,
  },
  'a remote name that cannot be the local one': {
    object: mirrorOf({ service: { name: '1hello' } }),
    field: 'spec.name',
    fix: /set spec.name to a name that begins with a letter/,
  },
  'port 0': {
    object: mirrorOf({ ports: [80, 0] }),
    field: 'spec.ports',
    fix: /number \(1 to 65535\) or its name/,
  },
  'port 65536': { object: mirrorOf({ ports: [65536] }), field: 'spec.ports', fix: /number \(1 to 65535\)/ },
  'a port by a name in capitals': {
    object: mirrorOf({ ports: ['HTTP'] }),
    field: 'spec.ports',
    fix: /or its name as the remote Service has it/,
  },
  'a port twice': {
    object: mirrorOf({ ports: [80, 80] }),
    field: 'spec.ports',
    fix: /Duplicate value|write each port once/,
  },
  'no port at all': {
    object: mirrorOf({ ports: [] }),
    field: 'spec.ports',
    fix: /at least 1|leave ports out for all/,
  },
  'a field of a later release': {
    object: mirrorOf({ topology: 'Nearest' }),
    field: 'spec.topology',
    fix: /unknown field/,
    refusedBy: 'api server',
  },
};
