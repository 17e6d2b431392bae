import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, aService, aSlice, labelled, metadata, ownedBy, slice } from '../../../test/gen/gen.js';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { keys, managedBy } from '../../api/names.js';
import { orphanedServices, slicesOf, staleSlices } from './orphans.js';

const mirror = aMirror();
const key = 'default/hello-mirror';
const local = aService('hello', ownedBy(mirror));

describe('orphanedServices()', () => {
  const looks = labelled({ [keys.managedBy]: managedBy, [keys.serviceMirror]: 'hello-mirror' });
  const cases: Record<string, { objects: Parameters<typeof aFakeCluster>; are: string[] }> = {
    'finds none beside a live mirror': { objects: [mirror, local], are: [] },
    'finds the Service of a mirror that is gone': { objects: [local], are: ['hello'] },
    'finds the Service of a mirror that was made anew': {
      objects: [aMirror('hello-mirror', metadata({ uid: 'another' })), local],
      are: ['hello'],
    },
    'finds none by label': { objects: [aService('hello', looks)], are: [] },
    'finds none of another mirror': { objects: [aService('hello', ownedBy(aMirror('other')))], are: [] },
    'finds none of another group': {
      objects: [aService('hello', ownedBy({ ...mirror, apiVersion: 'example.com/v1' }))],
      are: [],
    },
  };
  for (const [sentence, { objects, are }] of Object.entries(cases)) {
    it(sentence, () => {
      const { caches } = aFakeCluster(...objects);
      assert.deepEqual(
        orphanedServices(key, caches).map(({ metadata: { name } }) => name),
        are,
      );
    });
  }
});

describe('slicesOf() and staleSlices()', () => {
  const earlier = aService('hello', metadata({ uid: 'earlier' }));
  const own = aSlice('hello', slice('own'), ownedBy(local));
  const old = aSlice('hello', slice('old'), ownedBy(earlier));
  const free = aSlice('hello', slice('free'));
  const { caches } = aFakeCluster(own, old, free);
  const names = (slices: readonly { metadata: { name: string } }[]) =>
    slices.map(({ metadata: { name } }) => name);

  it('tell by UID which are of this Service', () => {
    assert.deepEqual(names(slicesOf(local, caches)), ['own']);
    assert.deepEqual(names(staleSlices('default/hello', local, caches)), ['old']);
  });

  it('take all for stale that a Service owned which is gone', () => {
    assert.deepEqual(names(staleSlices('default/hello', undefined, caches)).toSorted(), ['old', 'own']);
  });
});
