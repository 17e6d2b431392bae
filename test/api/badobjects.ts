import { apiVersion } from '../../src/api/resources.js';

/** An object as a user would write it. */
export interface Written {
  readonly apiVersion: string;
  readonly kind: 'Link' | 'ServiceMirror';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

/** An object that must be refused, and what the refusal must say. */
export interface BadObject {
  readonly object: Written;
  /** The field that is wrong. */
  readonly field: string;
  /** What to do about it. */
  readonly fix: RegExp;
  /** `api server`: only it can tell (unknown fields, names of objects); by default the parser refuses too. */
  readonly refusedBy?: 'api server';
}

/** A Link of that spec. */
export function aLink(spec: unknown, name = 'paris'): Written {
  return { apiVersion, kind: 'Link', metadata: { name }, spec };
}

/** A ServiceMirror that is right but for the fields given; `undefined` takes a field away. */
export function aMirror(fields: Record<string, unknown> = {}): Written {
  return {
    apiVersion,
    kind: 'ServiceMirror',
    metadata: { name: 'hello-mirror', namespace: 'default' },
    spec: { cluster: 'cluster-a', service: { name: 'hello', namespace: 'default' }, ...fields },
  };
}

const credentialsSecretRef = { name: 'link-paris' };
const certificate = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';
const addresses = [{ host: '192.0.2.1' }];
const identity = 'linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local';
const labels = { app: 'web' };
const many = (count: number, item: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => item(index));

const imports = (fields: unknown) => aLink({ credentialsSecretRef, imports: fields });
const exports = (fields: unknown) => aLink({ exports: fields });
const gateway = (fields: unknown) => aLink({ gateway: fields });
const probe = (fields: unknown) => gateway({ probe: fields });

/** Mirrors that must be refused. */
const badMirrors: Record<string, BadObject> = {
  'a mirror without a spec': {
    object: { ...aMirror(), spec: undefined },
    field: 'spec',
    fix: /Required value|write an object/,
  },
  'a mirror without a cluster': {
    object: aMirror({ cluster: undefined }),
    field: 'spec.cluster',
    fix: /Required value|write the name of a Link/,
  },
  'a mirror of this cluster itself': {
    object: aMirror({ cluster: 'local' }),
    field: 'spec.cluster',
    fix: /write the name of a Link/,
  },
  'a cluster that no Link can be called': {
    object: aMirror({ cluster: 'Cluster_A' }),
    field: 'spec.cluster',
    fix: /write the name of a Link: at most 40 lower-case/,
  },
  'a cluster name of 41 characters': {
    object: aMirror({ cluster: 'c'.repeat(41) }),
    field: 'spec.cluster',
    fix: /40/,
  },
  'a mirror without a service': {
    object: aMirror({ service: undefined }),
    field: 'spec.service',
    fix: /Required value|write an object/,
  },
  'a service written as one word': {
    object: aMirror({ service: 'default/hello' }),
    field: 'spec.service',
    fix: /must be of type object|write an object/,
  },
  'a service without a name': {
    object: aMirror({ service: { namespace: 'default' } }),
    field: 'spec.service.name',
    fix: /Required value|write the name of the remote Service/,
  },
  'a service name with a dot': {
    object: aMirror({ service: { name: 'hello.default' } }),
    field: 'spec.service.name',
    fix: /write the name of the remote Service: at most 63 lower-case/,
  },
  'a remote namespace in capitals': {
    object: aMirror({ service: { name: 'hello', namespace: 'Default' } }),
    field: 'spec.service.namespace',
    fix: /write the name of a remote namespace: at most 63 lower-case/,
  },
  'a local name that begins with a digit': {
    object: aMirror({ name: '1hello' }),
    field: 'spec.name',
    fix: /write the name of a Service: .* a letter first/,
  },
  'a local name of 64 characters': {
    object: aMirror({ name: 'a'.repeat(64) }),
    field: 'spec.name',
    fix: /63/,
  },
  'a remote name that cannot be the local one': {
    object: aMirror({ service: { name: '1hello' } }),
    field: 'spec.name',
    fix: /set spec.name to a name that begins with a letter/,
  },
  'port 0': {
    object: aMirror({ ports: [80, 0] }),
    field: 'spec.ports',
    fix: /number \(1 to 65535\) or its name/,
  },
  'port 65536': { object: aMirror({ ports: [65536] }), field: 'spec.ports', fix: /number \(1 to 65535\)/ },
  'a port by a name in capitals': {
    object: aMirror({ ports: ['HTTP'] }),
    field: 'spec.ports',
    fix: /or its name as the remote Service has it/,
  },
  'a port twice': {
    object: aMirror({ ports: [80, 80] }),
    field: 'spec.ports',
    fix: /Duplicate value|write each port once/,
  },
  'no port at all': {
    object: aMirror({ ports: [] }),
    field: 'spec.ports',
    fix: /at least 1|leave ports out for all/,
  },
  'a field of a later release': {
    object: aMirror({ clusters: [{ name: 'a' }] }),
    field: 'spec.clusters',
    fix: /unknown field/,
    refusedBy: 'api server',
  },
};

/** Links that must be refused. */
const badLinks: Record<string, BadObject> = {
  'a Link called local': { object: aLink({}, 'local'), field: 'metadata.name', fix: /choose|not 'local'/ },
  'a Link with a dot in its name': {
    object: aLink({}, 'paris.example'),
    field: 'metadata.name',
    fix: /DNS label of at most 40 characters/,
  },
  'a Link name of 41 characters': {
    object: aLink({}, 'p'.repeat(41)),
    field: 'metadata.name',
    fix: /DNS label of at most 40 characters/,
  },
  'an unknown transport': {
    object: aLink({ transport: 'carrier-pigeon' }),
    field: 'spec.transport',
    fix: /gateway.*linkerd.*flat/,
  },
  'credentials without a name': {
    object: aLink({ credentialsSecretRef: {} }),
    field: 'spec.credentialsSecretRef.name',
    fix: /Required value|write the name of a Secret/,
  },
  'credentials in another namespace': {
    object: aLink({ credentialsSecretRef: { name: 'default/link-paris' } }),
    field: 'spec.credentialsSecretRef.name',
    fix: /write the name of a Secret/,
  },
  'imports without credentials': {
    object: aLink({ imports: {} }),
    field: 'spec.imports',
    fix: /set credentialsSecretRef, or remove imports/,
  },
  'a domain with a dot at the end': {
    object: aLink({ clusterDomain: 'cluster.local.' }),
    field: 'spec.clusterDomain',
    fix: /without a dot at the end/,
  },
  'a selector with a key of two slashes': {
    object: imports({ selector: { matchLabels: { 'a/b/c': 'true' } } }),
    field: 'spec.imports.selector.matchLabels',
    fix: /write label keys like/,
  },
  'a selector with a boolean value': {
    object: imports({ selector: { matchLabels: { exported: true } } }),
    field: 'spec.imports.selector.matchLabels',
    fix: /must be of type string|write label values/,
  },
  'a selector with a value of two words': {
    object: imports({ selector: { matchLabels: { app: 'two words' } } }),
    field: 'spec.imports.selector.matchLabels',
    fix: /write label values of at most 63/,
  },
  'operator In without values': {
    object: imports({ selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } }),
    field: 'spec.imports.selector.matchExpressions[0]',
    fix: /In and NotIn need values/,
  },
  'operator Exists with values': {
    object: imports({ selector: { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['a'] }] } }),
    field: 'spec.imports.selector.matchExpressions[0]',
    fix: /Exists and DoesNotExist must have none/,
  },
  'an unknown operator': {
    object: imports({ selector: { matchExpressions: [{ key: 'app', operator: 'Like', values: ['a'] }] } }),
    field: 'spec.imports.selector.matchExpressions[0].operator',
    fix: /In.*NotIn.*Exists.*DoesNotExist/,
  },
  'a remote namespace twice': {
    object: imports({ remoteNamespaces: ['a', 'a'] }),
    field: 'spec.imports.remoteNamespaces',
    fix: /Duplicate value|write each item once/,
  },
  '65 remote namespaces': {
    object: imports({ remoteNamespaces: many(65, (index) => `ns-${index}`) }),
    field: 'spec.imports.remoteNamespaces',
    fix: /at most 64 items/,
  },
  'an unknown namespace mapping': {
    object: imports({ namespaceMapping: 'Some' }),
    field: 'spec.imports.namespaceMapping',
    fix: /Same.*Any/,
  },
  'an excluded label that is a pattern': {
    object: imports({ excludedLabels: ['team-*'] }),
    field: 'spec.imports.excludedLabels',
    fix: /all keys of a prefix, as in 'example\.com/,
  },
  'exports that select and take all': {
    object: exports({ services: { matchLabels: labels }, all: true }),
    field: 'spec.exports',
    fix: /exactly one of services \(a label selector\) and all: true/,
  },
  'exports of nothing': { object: exports({}), field: 'spec.exports', fix: /exactly one of services/ },
  'exports of all: false': {
    object: exports({ all: false }),
    field: 'spec.exports',
    fix: /exactly one of services/,
  },
  'exports by an empty selector': {
    object: exports({ services: {} }),
    field: 'spec.exports.services',
    fix: /write all: true in place of services/,
  },
  'exports by a selector with no labels': {
    object: exports({ services: { matchLabels: {} } }),
    field: 'spec.exports.services',
    fix: /write all: true in place of services/,
  },
  'a gateway address with a scheme': {
    object: gateway({ addresses: [{ host: 'https://gateway.example.com' }] }),
    field: 'spec.gateway.addresses[0].host',
    fix: /bare IP address or DNS name, without scheme/,
  },
  'a gateway address with its port': {
    object: gateway({ addresses: [{ host: '192.0.2.1:4143' }] }),
    field: 'spec.gateway.addresses[0].host',
    fix: /the port has a field of its own/,
  },
  'a mistyped IP address': {
    object: gateway({ addresses: [{ host: '192.0.2' }] }),
    field: 'spec.gateway.addresses[0].host',
    fix: /write a bare IP address or DNS name/,
  },
  'an empty list of gateway addresses': {
    object: gateway({ addresses: [] }),
    field: 'spec.gateway.addresses',
    fix: /at least 1|write 1 to 16 items/,
  },
  'gateway port 0': {
    object: gateway({ addresses: [{ host: '192.0.2.1', port: 0 }] }),
    field: 'spec.gateway.addresses[0].port',
    fix: /greater than or equal to 1|from 1 to 65535/,
  },
  'a probe period without a unit': {
    object: probe({ period: '3' }),
    field: 'spec.gateway.probe.period',
    fix: /from 100ms to 10m: a number and a unit/,
  },
  'a probe period as a number': {
    object: probe({ period: 3 }),
    field: 'spec.gateway.probe.period',
    fix: /must be of type string|a number and a unit/,
  },
  'a probe every millisecond': {
    object: probe({ period: '1ms' }),
    field: 'spec.gateway.probe.period',
    fix: /from 100ms to 10m/,
  },
  'a probe timeout of two minutes': {
    object: probe({ timeout: '2m' }),
    field: 'spec.gateway.probe.timeout',
    fix: /from 50ms to 1m/,
  },
  'a failure threshold of 0': {
    object: probe({ failureThreshold: 0 }),
    field: 'spec.gateway.probe.failureThreshold',
    fix: /greater than or equal to 1|from 1 to 100/,
  },
  'a probe path without a slash': {
    object: probe({ path: 'ready' }),
    field: 'spec.gateway.probe.path',
    fix: /begins with '\/'/,
  },
  'transport linkerd without an identity': {
    object: aLink({ credentialsSecretRef, transport: 'linkerd', gateway: { addresses } }),
    field: 'spec',
    fix: /needs gateway\.addresses and gateway\.identity .* set both/,
  },
  'transport gateway with an identity': {
    object: gateway({ addresses, identity }),
    field: 'spec',
    fix: /remove it, or set transport: linkerd/,
  },
  'transport flat with a gateway': {
    object: aLink({ credentialsSecretRef, transport: 'flat', gateway: { addresses } }),
    field: 'spec.gateway',
    fix: /remove gateway, or choose another transport/,
  },
  'a peer without transport gateway': {
    object: aLink({ credentialsSecretRef, transport: 'flat', peer: { cluster: 'p', caBundle: certificate } }),
    field: 'spec.peer',
    fix: /remove peer, or set transport: gateway/,
  },
  'a peer without its name': {
    object: aLink({ peer: { caBundle: certificate } }),
    field: 'spec.peer.cluster',
    fix: /Required value|write the other cluster's own name/,
  },
  'a CA bundle that is no PEM': {
    object: aLink({ peer: { cluster: 'p', caBundle: 'MIIB' } }),
    field: 'spec.peer.caBundle',
    fix: /CA certificates in PEM/,
  },
  'a CA bundle with its private key': {
    object: aLink({
      peer: {
        cluster: 'p',
        caBundle: `${certificate}-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n`,
      },
    }),
    field: 'spec.peer.caBundle',
    fix: /no private key/,
  },
  'a misspelt field': {
    object: aLink({ credentialSecretRef: credentialsSecretRef }),
    field: 'spec.credentialSecretRef',
    fix: /unknown field/,
    refusedBy: 'api server',
  },
};

/** Objects that must be refused, keyed by what is wrong with them. */
export const badObjects: Readonly<Record<string, BadObject>> = { ...badMirrors, ...badLinks };

/** Objects that must be accepted, and the spec that they then have: with the defaults filled in. */
export const goodObjects: Readonly<Record<string, { readonly object: Written; readonly stored: unknown }>> = {
  'the mirror of the walkthrough': {
    object: aMirror(),
    stored: { cluster: 'cluster-a', service: { name: 'hello', namespace: 'default' } },
  },
  'a mirror under another name, with ports by number and name': {
    object: aMirror({ name: 'hello-paris', ports: [80, 'metrics'] }),
    stored: {
      cluster: 'cluster-a',
      service: { name: 'hello', namespace: 'default' },
      name: 'hello-paris',
      ports: [80, 'metrics'],
    },
  },
  'a Link with credentials alone': {
    object: aLink({ credentialsSecretRef }),
    stored: { credentialsSecretRef, clusterDomain: 'cluster.local', transport: 'gateway' },
  },
  'a Link that only exports': {
    object: exports({ services: { matchLabels: labels } }),
    stored: {
      clusterDomain: 'cluster.local',
      transport: 'gateway',
      exports: { services: { matchLabels: labels }, allowSelectorless: false },
    },
  },
  'a Link that exports all': {
    object: exports({ all: true, namespaces: { matchExpressions: [{ key: 'team', operator: 'Exists' }] } }),
    stored: {
      clusterDomain: 'cluster.local',
      transport: 'gateway',
      exports: {
        all: true,
        namespaces: { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
        allowSelectorless: false,
      },
    },
  },
  'a Link to a Linkerd gateway': {
    object: aLink({
      credentialsSecretRef,
      transport: 'linkerd',
      imports: {},
      gateway: {
        addresses: [{ host: 'gateway.example.com' }, { host: '2001:db8::1', port: 443 }],
        identity,
        probe: {},
      },
    }),
    stored: {
      credentialsSecretRef,
      clusterDomain: 'cluster.local',
      transport: 'linkerd',
      imports: { namespaceMapping: 'Same' },
      gateway: {
        addresses: [
          { host: 'gateway.example.com', port: 4143 },
          { host: '2001:db8::1', port: 443 },
        ],
        identity,
        probe: {
          period: '3s',
          timeout: '2s',
          failureThreshold: 3,
          successThreshold: 1,
          path: '/ready',
          port: 4191,
        },
      },
    },
  },
  'a Link that pins its peer': {
    object: aLink({ peer: { cluster: 'c-0123456789', caBundle: certificate } }),
    stored: {
      clusterDomain: 'cluster.local',
      transport: 'gateway',
      peer: { cluster: 'c-0123456789', caBundle: certificate },
    },
  },
};
