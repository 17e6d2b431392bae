import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFakeCluster } from '../../test/gen/cluster.js';
import {
  aMirror,
  aService,
  condition,
  holding,
  named,
  of,
  ofPod,
  ownedBy,
  served,
  withStatus,
} from '../../test/gen/gen.js';
import { aHeadless } from '../../test/gen/pods.js';
import { someWiring } from '../../test/gen/wiring.js';
import { createMirrorKeys } from './mirrorkeys.js';
import { wiring } from './wiring.js';

const parent = aMirror('db', of('paris', 'default/db'), served);
const child = aMirror('db-0', ofPod('paris', 'default/db', 'db-0'), named('db-db-0'), ownedBy(parent));
const other = aMirror('web', of('paris', 'default/web'), holding({ 80: 10_000 }));
const fake = aFakeCluster(
  parent,
  child,
  other,
  aHeadless('db', ownedBy(parent)),
  aService('web', ownedBy(other)),
);
const keys = createMirrorKeys(fake.caches);

describe('createMirrorKeys()', () => {
  it('finds mirrors by Link, by egress port and by Service', () => {
    assert.deepEqual(keys.ofLink('paris').toSorted(), ['default/db', 'default/db-0', 'default/web']);
    assert.deepEqual(keys.ofPorts([10_000]), ['default/web']);
    assert.deepEqual(new Set(keys.ofService(aService('web', ownedBy(other)))), new Set(['default/web']));
  });

  it('knows which may have mirrors of pods, also when they are gone', () => {
    const without = createMirrorKeys(aFakeCluster(child).caches);
    assert.deepEqual(
      [...['default/db', 'default/db-0', 'default/web'].map(keys.hasPods), without.hasPods('default/db')],
      [true, false, false, true],
    );
  });
});

describe('wiring() of a mirror of a pod', () => {
  const woken = (change: (table: ReturnType<typeof wiring>) => void) => {
    const found: string[] = [];
    change(wiring(fake.caches, someWiring({ wake: (queue, key) => found.push(`${queue} ${key}`) })));
    return found;
  };
  const ready = aMirror(
    'db-0',
    (draft) => Object.assign(draft, child),
    withStatus({ conditions: [condition('Ready', 'True', 'Ready')] }),
  );

  it('wakes the slices of its headless mirror when it is ready, and not for other changes of its status', () => {
    const told = (previous: typeof child, object: typeof child) =>
      woken((table) => table.mirror({ type: 'updated', object, previous, own: true })).filter((line) =>
        line.endsWith('default/db'),
      );
    assert.deepEqual(told(child, ready), ['endpoints default/db']);
    assert.deepEqual(told(ready, ready), []);
  });

  it('wakes its maker when it is gone, or somebody has changed it', () => {
    for (const change of [
      { type: 'deleted' as const, object: child },
      { type: 'updated' as const, object: child, previous: { ...child, spec: other.spec } },
    ])
      assert.ok(woken((table) => table.mirror(change)).includes('pods default/db'));
  });

  it('is looked at when the slices of its headless mirror are done', () =>
    assert.ok(woken((table) => table.done('endpoints', 'default/db')).includes('pods default/db')));
});
