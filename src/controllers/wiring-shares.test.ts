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
  ]);
});

test('a mirror that comes to name another Link of the same replica keeps what it has', () => {
  assert.deepEqual(forgotten(mirror('paris', '1'), mirror('rome', '2'), true), []);
});
