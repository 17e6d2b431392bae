import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, condition, holding, metadata, withStatus } from '../../../test/gen/gen.js';
import { keys } from '../../api/names.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { pooledOf } from '../../api/pooled.js';
import { essenceOf } from './essence.js';
import { routesOfMirror } from '../../protocol/routes.js';

const full = aMirror(
  'hello-mirror',
  ({ spec }) => {
    spec.service.namespace = 'shop';
    spec.name = 'hello-paris';
  },
  holding({ 80: 10_000, 8080: 10_001 }),
  (draft) =>
    withStatus({
      ...draft.status,
      conditions: [condition('Accepted'), condition('Ready')],
      endpoints: { ready: 1, total: 1, display: '1/1' },
    })(draft),
  metadata({
    resourceVersion: '42',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { team: 'a' },
    annotations: { [keys.pooledPorts]: '8080', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    managedFields: [{ manager: 'service-mirror-status', operation: 'Apply', subresource: 'status' }],
  }),
);

describe('essenceOf()', () => {
  it('holds what routes are made of, and nothing else', () => {
    const { uid, namespace } = full.metadata;
    assert.deepEqual(essenceOf(full), {
      apiVersion: 'linkerd.io/v1alpha1',
      kind: 'ServiceMirror',
      metadata: {
        ...{ name: 'hello-mirror', namespace, uid, resourceVersion: '42' },
        creationTimestamp: '2026-01-01T00:00:00Z',
        annotations: { [keys.pooledPorts]: '8080' },
      },
      spec: { cluster: 'paris', service: { name: 'hello', namespace: 'shop' } },
      status: {
        ports: full.status?.ports,
        source: full.status?.source,
        conditions: [{ ...condition('Accepted'), message: '' }],
      },
    });
  });

  it('leads to the same routes as the whole', () => {
    const routes = routesOfMirror(essenceOf(full));
    assert.equal(routes.length, 2);
    assert.deepEqual(routes, routesOfMirror(full));
    assert.deepEqual(pooledOf(essenceOf(full)), pooledOf(full));
  });

  it('gives an object of an older CRD its shape', () => {
    const old = { ...aMirror(), spec: { cluster: 7 } } as unknown as ServiceMirror;
    assert.deepEqual(essenceOf(old).spec, { cluster: '', service: { name: '' } });
  });

  it('adds no field to a mirror without status and annotations', () => {
    const { status, metadata: kept } = essenceOf(aMirror());
    assert.deepEqual([status, kept.annotations], [undefined, undefined]);
  });
});
