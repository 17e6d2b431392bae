import assert from 'node:assert/strict';
import { it } from 'node:test';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { aLink, aMirror, annotated, labelled, named, ownedBy } from '../../../test/gen/gen.js';
import { keys } from '../../api/names.js';
import { release } from './handwritten.js';

it('release() takes our marks from a mirror, and leaves what others have set', async () => {
  const link = aLink('paris');
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', uid: 'uid-theirs' };
  const mirror = aMirror(
    'web-paris',
    ...[named('web-paris'), ownedBy(link), annotated({ [keys.remoteService]: 'default/web', note: 'mine' })],
    labelled({ [keys.managedBy]: 'helm', [keys.link]: 'paris' }),
    ({ metadata }) => {
      metadata.ownerReferences = [...(metadata.ownerReferences ?? []), other];
    },
  );
  const fake = aFakeCluster(link, mirror);
  await release(fake.caches.mirrors.get('default/web-paris')!, fake);
  const { ownerReferences, annotations, labels } = fake.caches.mirrors.get('default/web-paris')!.metadata;
  assert.deepEqual(ownerReferences, [other]);
  assert.deepEqual(annotations, { note: 'mine' });
  assert.deepEqual(labels, { [keys.managedBy]: 'helm' });
  assert.deepEqual(fake.told, ['Normal Released']);
});
