import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../src/api/objects.js';
import { endpointSlices, services, type Resource } from '../../../../src/api/resources.js';
import type { KubeClient } from '../../../../src/runtime/kube.js';
import { aMirror, aService, aSlice, endpoint, port } from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import type { NamespaceDriver } from '../../../driver/namespace.js';
import type { OperatorClusters } from '../clusters.js';

const quotas: Resource = {
  ...{ group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota', namespaced: true },
};
const admission = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false };
const policies: Resource = {
  ...{ ...admission, plural: 'validatingadmissionpolicies', kind: 'ValidatingAdmissionPolicy' },
};
const bindings: Resource = {
  ...{ ...admission, plural: 'validatingadmissionpolicybindings', kind: 'ValidatingAdmissionPolicyBinding' },
};

/** A policy for what is written into one namespace. */
async function forbid(
  kube: KubeClient,
  {
    namespace,
    group,
    resource,
    expression,
  }: Record<'namespace' | 'group' | 'resource' | 'expression', string>,
): Promise<void> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: `${namespace}-${resource}` };
  const rule = {
    apiGroups: [group],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: [resource],
  };
  const policy = {
    ...{ apiVersion, kind: policies.kind, metadata },
    spec: {
      matchConstraints: {
        resourceRules: [rule],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      },
      validations: [{ expression, message: 'not in this house' }],
    },
  };
  const binding = {
    ...{ apiVersion, kind: bindings.kind, metadata },
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  };
  await kube.create(policies, policy);
  await kube.create(bindings, binding);
}

/** Waits until an object of ours is refused, too: a policy takes a moment to be in force. */
async function inForce(driver: NamespaceDriver, resource: Resource, probe: KubeObject): Promise<void> {
  await eventually(async () => {
    await assert.rejects(async () => {
      await driver.creates(probe);
      await driver.deletes(resource, probe.metadata.name);
    }, /not in this house/);
  });
}

/** What London's own API server refuses. */
export function refused(clusters: () => OperatorClusters): void {
  test('a quota that allows no Service is said with its words, and the mirror comes when it is lifted', async () => {
    const { london, paris } = await clusters().namespace('quota');
    const hard = { 'count/services': '0' };
    const metadata = { name: 'q', namespace: 'quota' };
    await london.kube.create(quotas, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata,
      spec: { hard },
    } as KubeObject);
    // what the quota controller says, which does not run here
    const status = { hard, used: { 'count/services': '0' } };
    await london.kube.mergePatch(quotas, 'quota/q', { status }, { subresource: 'status' });
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror());
    const says = ['Synced=False/WriteRefused', 'Ready=False/WriteRefused'] as const;
    const mirror = await london.mirrorSays('hello-mirror', ...says);
    assert.match(messageOf(mirror), /Service "hello": .*exceeded quota: q/);
    await eventually(async () => assert.deepEqual(await london.events(mirror), ['WriteRefused']));
    await london.kube.remove(quotas, 'quota/q');
    await london.within(60_000).mirrorSays('hello-mirror', 'Ready=True');
  });

  test('a policy that forbids a new port leaves it out of the status, and the rest as it is', async () => {
    const { london, paris } = await clusters().namespace('policed');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror());
    const ready = await london.mirrorSays('hello-mirror', 'Ready=True');
    const expression = 'object.spec.ports.all(p, p.port != 443)';
    await forbid(london.kube, { namespace: 'policed', group: '', resource: 'services', expression });
    await inForce(london, services, aService('probe', port(443)));
    await paris.edits(services, 'hello', {
      spec: {
        ports: [
          { name: 'http', port: 80 },
          { name: 'https', port: 443 },
        ],
      },
    });
    const mirror = await london.mirrorSays('hello-mirror', 'Synced=False/WriteRefused');
    assert.match(messageOf(mirror, 'Synced'), /not in this house/);
    assert.deepEqual(mirror.status?.ports, [{ port: 80, protocol: 'TCP' }]);
    await eventually(async () => assert.ok((await london.events(ready)).includes('WriteRefused')));
  });

  test('a pod that is gone does not count while the slices without it are refused', async () => {
    const { london, paris } = await clusters().namespace('moving');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror());
    await london.mirrorSays('hello-mirror', 'Ready=True');
    const expression = 'object.endpoints.all(e, e.addresses.all(a, a != "10.9.0.2"))';
    const group = 'discovery.k8s.io';
    await forbid(london.kube, { namespace: 'moving', group, resource: 'endpointslices', expression });
    await inForce(london, endpointSlices, aSlice('probe', endpoint('10.9.0.2')));
    await paris.applies(aSlice('hello', endpoint('10.9.0.2')));
    const mirror = await london.mirrorSays(
      'hello-mirror',
      'EndpointsReady=False/WriteRefused',
      'Synced=True',
    );
    assert.match(messageOf(mirror), /EndpointSlices of Service "hello": .*not in this house/);
    await london.kube.remove(bindings, 'moving-endpointslices');
    await london.within(60_000).mirrorSays('hello-mirror', 'Ready=True');
    assert.deepEqual(await london.endpoints('hello'), ['10.9.0.2']);
  });
}
