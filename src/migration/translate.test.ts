import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  credentials,
  gateway,
  imports,
  linkerd,
  linkOf,
  testCases,
  type Fields,
} from '../../test/gen/linkerd.js';

const reached = (...addresses: Fields[]): Fields => ({ gateway: { ...gateway, addresses } });

test('translateLink() makes a Link of the same name and gateway, with automatic mirrors', () => {
  for (const version of ['v1alpha1', 'v1alpha2', 'v1alpha3'] as const) {
    const { link, remarks } = linkOf(linkerd({}, version));
    assert.deepEqual(link, {
      apiVersion: 'linkerd.io/v1alpha1',
      kind: 'Link',
      metadata: { name: 'paris' },
      spec: {
        credentialsSecretRef: { name: 'link-paris' },
        clusterDomain: 'cluster.local',
        transport: 'linkerd',
        imports,
        gateway,
      },
    });
    assert.deepEqual(remarks, [credentials], version);
  }
});

suite('translateLink() translates', () => {
  testCases({
    'the domain of the other cluster': {
      from: { targetClusterDomain: 'paris.example' },
      to: { clusterDomain: 'paris.example' },
    },
    'no domain': {
      from: { targetClusterDomain: undefined },
      to: {},
      remarks: ['spec.targetClusterDomain'],
    },
    "the namespace of Linkerd's control plane": {
      from: { targetClusterLinkerdNamespace: 'linkerd' },
      to: {},
      remarks: ['spec.targetClusterLinkerdNamespace'],
    },
    'no Secret': { from: { clusterCredentialsSecret: undefined }, to: {} },
    'several addresses, with blanks, doubles and a dot at the end': {
      from: { gatewayAddress: ' 203.0.113.7,GW.example.com., 203.0.113.7,,2001:db8::7 ' },
      to: reached(
        { host: '203.0.113.7', port: 4143 },
        { host: 'gw.example.com', port: 4143 },
        { host: '2001:db8::7', port: 4143 },
      ),
    },
    'another port': {
      from: { gatewayPort: '31443' },
      to: reached({ host: '203.0.113.7', port: 31443 }),
    },
    'a port without quotes': {
      from: { gatewayPort: 31443 },
      to: reached({ host: '203.0.113.7', port: 31443 }),
    },
    'no port': { from: { gatewayPort: undefined }, to: {}, remarks: ['spec.gatewayPort'] },
    'a field that Linkerd does not know': { from: { colour: 'red' }, to: {}, remarks: ['spec.colour'] },
    'labels and annotations': {
      from: {},
      to: {},
      metadata: {
        labels: { 'argocd.argoproj.io/instance': 'x' },
        annotations: { 'linkerd.io/created-by': 'cli' },
      },
      remarks: ['metadata'],
    },
    'another name of the object': {
      from: {},
      to: {},
      metadata: { name: 'link-to-paris' },
      remarks: ['metadata.name'],
    },
  });
});

suite('translateLink() keeps the names of mirrors where no Link may have the name of the cluster', () => {
  for (const [cluster, link] of [
    ['local', 'linkerd-local'],
    ['-x', 'x'],
    ['a-cluster-whose-name-is-longer-than-ours-may-be', 'a-cluster-whose-name-is-longer-59edb44a'],
  ] as const)
    test(cluster, () => {
      const { link: made, said } = linkOf(
        linkerd({ targetClusterName: cluster }, 'v1alpha3', { name: cluster }),
      );
      assert.equal(made.metadata.name, link);
      assert.equal(made.spec.imports?.nameTemplate, `{service}-${cluster}`);
      assert.match(said[0]?.text ?? '', new RegExp(`mirror.linkerd.io/cluster-name=${link} --overwrite`));
    });
});
