import {
  invitationOf,
  linkOf,
  mirrorOf,
  addresses,
  certificate,
  credentialsSecretRef,
  identity,
  labels,
  type Written,
} from './written.js';

const exports = (fields: unknown) => linkOf({ exports: fields });

/** Objects that must be accepted, and the spec that they then have: with the defaults filled in. */
export const goodObjects: Readonly<Record<string, { readonly object: Written; readonly stored: unknown }>> = {
  'the mirror of the walkthrough': {
    object: mirrorOf(),
    stored: { cluster: 'cluster-a', service: { name: 'hello', namespace: 'default' } },
  },
  'an invitation': {
    object: invitationOf({ exports: { services: { matchLabels: labels } } }),
    stored: {
      link: 'london',
      secretHash: 'ab'.repeat(32),
      expires: '2026-03-01T12:15:00Z',
      exports: { services: { matchLabels: labels }, allowSelectorless: false },
    },
  },
  'a mirror under another name, with ports by number and name': {
    object: mirrorOf({ name: 'hello-paris', ports: [80, 'metrics'] }),
    stored: {
      cluster: 'cluster-a',
      service: { name: 'hello', namespace: 'default' },
      name: 'hello-paris',
      ports: [80, 'metrics'],
    },
  },
  'a mirror of several clusters': {
    object: mirrorOf({
      cluster: undefined,
      clusters: [{ name: 'local' }, { name: 'cluster-a', priority: 1, weight: 3 }],
      minReady: '50%',
      trafficDistribution: 'PreferClose',
      name: 'hello-everywhere',
    }),
    stored: {
      clusters: [{ name: 'local' }, { name: 'cluster-a', priority: 1, weight: 3 }],
      minReady: '50%',
      trafficDistribution: 'PreferClose',
      name: 'hello-everywhere',
      service: { name: 'hello', namespace: 'default' },
    },
  },
  'a Link with credentials alone': {
    object: linkOf({ credentialsSecretRef }),
    stored: { credentialsSecretRef, clusterDomain: 'cluster.local', transport: 'gateway' },
  },
  'a Link that makes automatic and federated mirrors': {
    object: linkOf({
      credentialsSecretRef,
      imports: { selector: { matchLabels: labels }, automatic: true, createNamespaces: true, federated: {} },
    }),
    stored: {
      credentialsSecretRef,
      clusterDomain: 'cluster.local',
      transport: 'gateway',
      imports: {
        selector: { matchLabels: labels },
        ...{ automatic: true, createNamespaces: true, federated: {} },
        ...{ namespaceMapping: 'Same', metadata: 'Safe' },
      },
    },
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
    object: linkOf({
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
      imports: { namespaceMapping: 'Same', metadata: 'Safe' },
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
  'a Link that dials its peer': {
    object: linkOf({
      gateway: { direction: 'Dial', addresses: [{ host: 'hub' }], dialAddresses: [{ host: 'dial.hub' }] },
    }),
    stored: {
      clusterDomain: 'cluster.local',
      transport: 'gateway',
      gateway: {
        direction: 'Dial',
        addresses: [{ host: 'hub', port: 4143 }],
        dialAddresses: [{ host: 'dial.hub', port: 4145 }],
      },
    },
  },
  'a Link whose peer dials in': {
    object: linkOf({
      ...{ imports: {}, gateway: { direction: 'Accept' } },
      peer: { cluster: 'edge', caBundle: certificate },
    }),
    stored: {
      clusterDomain: 'cluster.local',
      transport: 'gateway',
      imports: { namespaceMapping: 'Same', metadata: 'Safe' },
      gateway: { direction: 'Accept' },
      peer: { cluster: 'edge', caBundle: certificate },
    },
  },
  'a Link that pins its peer': {
    object: linkOf({ peer: { cluster: 'c-0123456789', caBundle: certificate } }),
    stored: {
      clusterDomain: 'cluster.local',
      transport: 'gateway',
      peer: { cluster: 'c-0123456789', caBundle: certificate },
    },
  },
  'a Link that pins its peer by a fingerprint': {
    object: linkOf({
      gateway: { addresses },
      peer: { cluster: 'paris', fingerprint: `sha256:${'ab'.repeat(32)}` },
    }),
    stored: {
      clusterDomain: 'cluster.local',
      transport: 'gateway',
      gateway: { addresses: [{ host: '192.0.2.1', port: 4143 }] },
      peer: { cluster: 'paris', fingerprint: `sha256:${'ab'.repeat(32)}` },
    },
  },
  'a Link that imports without credentials': {
    object: linkOf({
      ...{ imports: {}, gateway: { addresses } },
      peer: { cluster: 'c-0123456789', caBundle: certificate },
    }),
    stored: {
      clusterDomain: 'cluster.local',
      transport: 'gateway',
      imports: { namespaceMapping: 'Same', metadata: 'Safe' },
      gateway: { addresses: [{ host: '192.0.2.1', port: 4143 }] },
      peer: { cluster: 'c-0123456789', caBundle: certificate },
    },
  },
};
