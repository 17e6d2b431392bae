import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aService } from '../../test/gen/gen.js';
import type { ServiceCaller } from '../api/objects.js';
import { splitKey } from '../api/resources.js';
import { isSpared, sparedBy } from './spared.js';

const caller = (fields: Partial<ServiceCaller>): ServiceCaller => ({
  ...{ apiVersion: 'v1', kind: 'Some', metadata: { name: 'some' } },
  ...fields,
});

test('sparedBy() spares what Kubernetes, we ourselves and the API server live by', () => {
  const spared = sparedBy('service-mirror', [
    caller({
      webhooks: [
        { clientConfig: { service: { namespace: 'cert-manager', name: 'webhook' } } },
        { clientConfig: { url: 'https://hooks.example.com' } },
        {},
      ],
    }),
    caller({ spec: { service: { namespace: 'metrics', name: 'server' } } }),
    caller({ spec: { service: null } }),
  ]);
  const all = [
    ...[
      'kube-system/kube-dns',
      'kube-public/a',
      'kube-node-lease/a',
      'service-mirror/service-mirror-ingress',
    ],
    ...['cert-manager/webhook', 'metrics/server'],
  ];
  const isIn = (key: string) => {
    const { namespace = '', name } = splitKey(key);
    const service = aService(name);
    return isSpared({ ...service, metadata: { ...service.metadata, namespace } }, spared);
  };
  assert.deepEqual(all.filter(isIn), all);
  assert.deepEqual(['cert-manager/other', 'default/webhook', 'default/hello'].filter(isIn), []);
});
