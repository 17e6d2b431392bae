import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aMirror,
  aService,
  aSlice,
  aView,
  endpoint,
  inNamespace,
  ofClusters,
  offering,
  ownedBy,
  port,
} from '../../test/gen/gen.js';
import { matches } from '../runtime/selector.js';
import { backendOf } from './backend.js';
import { localLink } from './local.js';

const mirror = aMirror('m', ofClusters('local', 'paris'));
const service = aService('hello', port(80, { name: 'http' }));
const pod = { nodeName: 'n1', zone: 'z', targetRef: { kind: 'Pod', name: 'hello-1' } };
const slice = aSlice('hello', offering('http'), endpoint('10.0.0.1', { ...pod, hints: { forZones: [] } }));

function concluded(namespace = 'default', on = mirror) {
  const view = aView({
    ...{ mirror: on, link: localLink, backend: { cluster: 'local', namespace, name: 'hello' } },
    remote: { synced: true, service, slices: [slice] },
    local: aService('other', port(80, { name: 'http' }), ownedBy(on)),
  });
  return backendOf({ view, facts: { egress: { complete: true, pods: [] } } }, matches);
}

test("a federated mirror of Linkerd's clusters names the Service of this one in an annotation", () => {
  const view = { ...concluded().view, isMeshed: true };
  const { metadata } = backendOf({ view, facts: { egress: { complete: true, pods: [] } } }, matches);
  assert.deepEqual(metadata?.annotations, { 'multicluster.linkerd.io/local-discovery': 'hello' });
});

test('pods of this cluster are listed with node and reference, and without hints for zones', () => {
  const { answer } = concluded();
  assert.ok(answer?.kind === 'endpoints');
  assert.deepEqual(answer.slices[0]?.endpoints, [
    { addresses: ['10.0.0.1'], conditions: { ready: true }, ...pod },
  ]);
  assert.equal(answer.notReady, undefined);
});

test("'local' is a Service of the mirror's own namespace", () => {
  const { notAccepted } = concluded('vault', aMirror('m', inNamespace('shop'), ofClusters('local', 'paris')));
  assert.equal(notAccepted?.reason, 'InvalidSpec');
  assert.match(
    notAccepted.message,
    /spec.service.namespace: 'local' is a Service of the mirror's own namespace "shop"/,
  );
});
