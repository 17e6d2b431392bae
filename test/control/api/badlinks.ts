import {
  addresses,
  linkOf,
  certificate,
  credentialsSecretRef,
  identity,
  labels,
  type BadObject,
} from './written.js';

const many = (count: number, item: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => item(index));

const imports = (fields: unknown) => linkOf({ credentialsSecretRef, imports: fields });
const exports = (fields: unknown) => linkOf({ exports: fields });
const gateway = (fields: unknown) => linkOf({ gateway: fields });

const fingerprint = `sha256:${'ab'.repeat(32)}`;

/** Links that must be refused. */
export const badLinks: Readonly<Record<string, BadObject>> = {
  'a Link called local': { object: linkOf({}, 'local'), field: 'metadata.name', fix: /choose|not 'local'/ },
  'a Link with a dot in its name': {
    object: linkOf({}, 'paris.example'),
    field: 'metadata.name',
    fix: /DNS label of at most 40 characters/,
  },
  'a Link name of 41 characters': {
    object: linkOf({}, 'p'.repeat(41)),
    field: 'metadata.name',
    fix: /DNS label of at most 40 characters/,
  },
  'an unknown direction': {
    object: gateway({ direction: 'Sideways' }),
    field: 'spec.gateway.direction',
    fix: /Dial.*Accept/,
  },
  'a Link that dials nowhere': {
    object: gateway({ direction: 'Dial' }),
    field: 'spec.gateway',
    fix: /set addresses, or dialAddresses/,
  },
  'a Link whose peer dials in and is dialled': {
    object: linkOf({ credentialsSecretRef, gateway: { direction: 'Accept', addresses } }),
    field: 'spec.gateway.addresses',
    fix: /remove addresses, or set direction: Dial/,
  },
  'a Link whose peer dials in and is not known': {
    object: gateway({ direction: 'Accept' }),
    field: 'spec',
    fix: /set peer to the cluster name and CA/,
  },
  'addresses to dial without the direction': {
    object: gateway({ dialAddresses: addresses }),
    field: 'spec.gateway.dialAddresses',
    fix: /remove them, or set direction: Dial/,
  },
  'a direction over Linkerd': {
    object: linkOf({ transport: 'linkerd', gateway: { addresses, identity, direction: 'Dial' } }),
    field: 'spec',
    fix: /only transport gateway has a gateway.direction/,
  },
  'an unknown transport': {
    object: linkOf({ transport: 'carrier-pigeon' }),
    field: 'spec.transport',
    fix: /gateway.*linkerd.*flat/,
  },
  'credentials without a name': {
    object: linkOf({ credentialsSecretRef: {} }),
    field: 'spec.credentialsSecretRef.name',
    fix: /Required value|write the name of a Secret/,
  },
  'credentials in another namespace': {
    object: linkOf({ credentialsSecretRef: { name: 'default/link-paris' } }),
    field: 'spec.credentialsSecretRef.name',
    fix: /write the name of a Secret/,
  },
  'imports without a way to read the other cluster': {
    object: linkOf({ imports: {} }),
    field: 'spec.imports',
    fix: /set peer and gateway\.addresses, .*Accept, .* or set credentialsSecretRef, .* or remove imports/,
  },
  'imports from a peer without an address': {
    object: linkOf({ imports: {}, peer: { cluster: 'paris', caBundle: certificate } }),
    field: 'spec.imports',
    fix: /set peer and gateway\.addresses/,
  },
  'imports from addresses of nobody in particular': {
    object: linkOf({ imports: {}, gateway: { addresses } }),
    field: 'spec.imports',
    fix: /set peer and gateway\.addresses/,
  },
  'a peer without a CA': {
    object: linkOf({ peer: { cluster: 'paris' } }),
    field: 'spec.peer',
    fix: /either caBundle or fingerprint/,
  },
  'a peer with a CA and a fingerprint': {
    object: linkOf({
      gateway: { addresses },
      peer: { cluster: 'paris', caBundle: certificate, fingerprint },
    }),
    field: 'spec.peer',
    fix: /either caBundle or fingerprint/,
  },
  'a fingerprint in colons': {
    object: linkOf({ gateway: { addresses }, peer: { cluster: 'paris', fingerprint: 'AB:CD' } }),
    field: 'spec.peer.fingerprint',
    fix: /'sha256:' and the 64 hex digits/,
  },
  'a fingerprint of a peer that only calls': {
    object: linkOf({ peer: { cluster: 'paris', fingerprint } }),
    field: 'spec.peer',
    fix: /set gateway\.addresses/,
  },
  'a fingerprint beside credentials': {
    object: linkOf({ credentialsSecretRef, gateway: { addresses }, peer: { cluster: 'paris', fingerprint } }),
    field: 'spec.peer',
    fix: /remove credentialsSecretRef/,
  },
  'imports over another transport without credentials': {
    object: linkOf({ imports: {}, transport: 'linkerd', gateway: { addresses, identity } }),
    field: 'spec.imports',
    fix: /transport gateway/,
  },
  'a domain with a dot at the end': {
    object: linkOf({ clusterDomain: 'cluster.local.' }),
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
  'automatic mirrors of everything': {
    object: imports({ automatic: true, selector: { matchExpressions: [] } }),
    field: 'spec.imports.automatic',
    fix: /automatic needs a selector/,
  },
  'a member in every Service': {
    object: imports({ federated: { selector: {} } }),
    field: 'spec.imports.federated.selector',
    fix: /name labels, or leave selector out/,
  },
  'namespaces that are made perhaps': {
    object: imports({ createNamespaces: 'sometimes' }),
    field: 'spec.imports.createNamespaces',
    fix: /must be of type boolean|write true or false/,
  },
  'an unknown namespace mapping': {
    object: imports({ namespaceMapping: 'Some' }),
    field: 'spec.imports.namespaceMapping',
    fix: /Same.*Any/,
  },
  'metadata that is neither safe, all nor none': {
    object: imports({ metadata: 'safe' }),
    field: 'spec.imports.metadata',
    fix: /Safe.*All.*None/,
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
  'transport linkerd without an identity': {
    object: linkOf({ credentialsSecretRef, transport: 'linkerd', gateway: { addresses } }),
    field: 'spec',
    fix: /needs gateway\.addresses and gateway\.identity .* set both/,
  },
  'transport gateway with an identity': {
    object: gateway({ addresses, identity }),
    field: 'spec',
    fix: /remove it, or set transport: linkerd/,
  },
  'transport flat with a gateway': {
    object: linkOf({ credentialsSecretRef, transport: 'flat', gateway: { addresses } }),
    field: 'spec.gateway',
    fix: /remove gateway, or choose another transport/,
  },
  'a peer without transport gateway': {
    object: linkOf({
      credentialsSecretRef,
      transport: 'flat',
      peer: { cluster: 'p', caBundle: certificate },
    }),
    field: 'spec.peer',
    fix: /remove peer, or set transport: gateway/,
  },
  'a peer without its name': {
    object: linkOf({ peer: { caBundle: certificate } }),
    field: 'spec.peer.cluster',
    fix: /Required value|write the other cluster's own name/,
  },
  'a CA bundle that is no PEM': {
    object: linkOf({ peer: { cluster: 'p', caBundle: 'MIIB' } }),
    field: 'spec.peer.caBundle',
    fix: /CA certificates in PEM/,
  },
  'a CA bundle with its private key': {
    object: linkOf({
      peer: {
        cluster: 'p',
        caBundle: `${certificate}-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n`,
      },
    }),
    field: 'spec.peer.caBundle',
    fix: /no private key/,
  },
  'a misspelt field': {
    object: linkOf({ credentialSecretRef: credentialsSecretRef }),
    field: 'spec.credentialSecretRef',
    fix: /unknown field/,
    refusedBy: 'api server',
  },
};
