import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMirror, metadata, of } from '../../test/gen/gen.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { someWiring } from '../../test/gen/wiring.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { wiring } from './wiring.js';

const mirror = (link: string, version: string) =>
  aMirror('hello', of(link, 'default/hello'), metadata({ uid: 'u1', resourceVersion: version }));

/** What is forgotten when a mirror changes, at a replica that has the Links of one share. */
function forgotten(before: ServiceMirror, now: ServiceMirror, isOurs: boolean): string[] {
  const found: string[] = [];
  const forget = (memory: string, key = '') => found.push(`${memory} ${key}`);
  const table = wiring(aFakeCluster(now).caches, someWiring({ forget, isOurs: () => isOurs }));
  table.mirror({ type: 'updated', object: now, previous: before });
  return found;
}

test('a mirror that comes to name a Link of another replica’s gives back its ports', () => {
  assert.deepEqual(forgotten(mirror('paris', '1'), mirror('berlin', '2'), false), [
    'ports u1',
    'firsts default/hello',
    'refusals default/hello',
    'suspects default/hello',
  ]);
});

test('a mirror that comes to name another Link of the same replica keeps what it has', () => {
  assert.deepEqual(forgotten(mirror('paris', '1'), mirror('rome', '2'), true), []);
});

test('a mirror of another replica wakes nothing, and leaves nothing behind until it is done', () => {
  const fresh = mirror('paris', '1');
  const woken: string[] = [];
  let isOurs = false;
  const table = wiring(
    aFakeCluster(fresh).caches,
    someWiring({ wake: (queue) => woken.push(queue), isOurs: () => isOurs }),
  );
  table.mirror({ type: 'added', object: fresh });
  assert.deepEqual(woken, ['links']);
  isOurs = true;
  // it would go on to its slices, had its Service been put in line
  table.done('services', 'default/hello', 'bulk');
  assert.deepEqual(woken, ['links', 'status']);
});
