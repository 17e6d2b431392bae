import assert from 'node:assert/strict';
import { it } from 'node:test';
import { aSecret } from '../../../test/gen/gen.js';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { leafReader } from './leaf.js';

const pair = (cert: string) => aSecret('leaf', { 'tls.crt': cert, 'tls.key': 'key', 'ca.crt': 'ca' });

it('leafReader() gives the same object for the same certificate, and follows the Secret', () => {
  const fake = aFakeCluster();
  const read = leafReader(fake.caches.secrets, 'service-mirror/leaf');
  assert.equal(read(), undefined);

  fake.put(pair('one'));
  const first = read();
  assert.deepEqual(first, { cert: 'one', key: 'key', ca: 'ca' });
  assert.equal(read(), first);

  fake.put(pair('two'));
  assert.equal(read()?.cert, 'two');

  fake.put(aSecret('leaf', { 'tls.crt': 'three' }));
  assert.equal(read(), undefined);

  fake.drop(pair('two'));
  assert.equal(read(), undefined);
});
