import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { aSecret, epoch } from '../../../test/gen/gen.js';
import { aCluster } from '../../../test/gen/pki.js';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { ownNames } from '../../api/names.js';
import { authorityLife, leafLife } from '../../pki/ca.js';
import { measureExpiry } from './expiry.js';

test('service_mirror_certificate_expiry_timestamp_seconds says when each Secret ends, and nothing of one that cannot be read', async () => {
  const { authority, ingress } = await aCluster('london', { now: new Date(epoch) });
  const registry = new Registry();
  const fake = aFakeCluster(
    aSecret(ownNames.ca, { 'tls.crt': authority.cert }),
    // the one that ends first counts
    aSecret(ownNames.ingressTls, { 'tls.crt': authority.cert + ingress.cert }),
    aSecret(ownNames.egressTls, { 'tls.crt': 'no PEM' }),
  );
  measureExpiry({ caches: fake.caches, self: fake.self, registry });
  const [{ values }] = (await registry.getMetricsAsJSON()) as unknown as [{ values: unknown }];
  // X.509 knows whole seconds only
  const end = (life: number) => Math.floor((new Date(epoch).getTime() + life) / 1000);
  assert.deepEqual(values, [
    { value: end(authorityLife), labels: { secret: ownNames.ca } },
    { value: end(leafLife), labels: { secret: ownNames.ingressTls } },
  ]);
});
