import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, served } from '../../test/gen/gen.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { someWiring } from '../../test/gen/wiring.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import type { Store } from '../runtime/cache.js';
import type { QueueName } from './queues.js';
import { wiring } from './wiring.js';

const fresh = aMirror('hello');
const old = aMirror('hello', served);
const key = 'default/hello';

/** The queues of its own that a change of that mirror wakes, one after the other. @param line those in which it is already */
function steps(mirror: ServiceMirror, line: QueueName[], change: (table: ReturnType<typeof wiring>) => void) {
  const woken: QueueName[] = [];
  const { caches } = aFakeCluster(mirror);
  const inLine = new Set(line);
  const wake = (queue: QueueName, of: string) => {
    if (of !== key) return;
    woken.push(queue);
    inLine.add(queue);
  };
  const table = wiring(caches, someWiring({ wake, isInLine: (queue) => inLine.has(queue) }));
  change(table);
  return woken;
}

describe('a mirror', () => {
  it('that is new takes one step after the other', () => {
    const change = { type: 'added', object: fresh } as const;
    assert.deepEqual(
      steps(fresh, [], (table) => table.mirror(change)),
      ['services'],
    );
    assert.deepEqual(
      steps(fresh, [], (table) => table.done('endpoints', key)),
      ['status'],
    );
    assert.deepEqual(
      steps(fresh, [], (table) => table.done('status', key)),
      [],
    );
  });

  it('that is new goes on only when no earlier step is left', () => {
    assert.deepEqual(
      steps(fresh, ['services'], (table) => table.done('endpoints', key)),
      [],
    );
    assert.deepEqual(
      steps(fresh, ['endpoints'], (table) => table.probe('paris')),
      ['endpoints'],
    );
    assert.deepEqual(
      steps(fresh, ['services'], (table) => table.probe('paris')),
      [],
    );
  });

  it('that exists is woken for its Service and its slices at once', () => {
    const change = { type: 'updated', object: old, previous: old } as const;
    assert.deepEqual(
      steps(old, [], (table) => table.mirror(change)),
      ['services', 'endpoints'],
    );
  });

  it('that exists is woken for its status when Service and slices are done', () => {
    for (const queue of ['services', 'endpoints'] as const)
      assert.deepEqual(
        steps(old, [], (table) => table.done(queue, key)),
        ['status'],
      );
    assert.deepEqual(
      steps(old, ['endpoints'], (table) => table.done('services', key)),
      [],
    );
    for (const queue of ['status', 'links'] as const)
      assert.deepEqual(
        steps(old, [], (table) => table.done(queue, key)),
        [],
      );
  });

  it('whose status alone is to be looked at waits while its Service or slices are in line', () => {
    for (const mirror of [fresh, old]) {
      assert.deepEqual(
        steps(mirror, [], (table) => table.refusal(key)),
        ['status'],
      );
      assert.deepEqual(
        steps(mirror, ['services'], (table) => table.refusal(key)),
        [],
      );
    }
  });

  it('whose first status comes while its Service is in line goes on to its slices', () => {
    const { caches } = aFakeCluster(fresh);
    const woken: QueueName[] = [];
    const line = new Set<QueueName>();
    const wake = (queue: QueueName, of: string) => {
      if (of !== key) return;
      woken.push(queue);
      line.add(queue);
    };
    const table = wiring(caches, someWiring({ wake, isInLine: (queue) => line.has(queue) }));
    table.mirror({ type: 'added', object: fresh });
    // a lost gateway would wake the slices of a mirror that exists
    table.probe('paris');
    assert.deepEqual(woken, ['services']);
    (caches.mirrors as Store<ServiceMirror>).put(old, { own: true });
    line.delete('services');
    table.done('services', key, 'bulk');
    assert.deepEqual(woken, ['services', 'endpoints']);
    line.delete('endpoints');
    table.done('endpoints', key, 'bulk');
    assert.deepEqual(woken, ['services', 'endpoints', 'status']);
  });

  it('of the bulk takes one step after the other, too', () => {
    const line = new Set<QueueName>();
    const woken: QueueName[] = [];
    const wake = (queue: QueueName, of: string) => {
      if (of !== key) return;
      woken.push(queue);
      line.add(queue);
    };
    const table = wiring(
      aFakeCluster(old).caches,
      someWiring({ wake, isInLine: (queue) => line.has(queue) }),
    );
    table.everything();
    for (const queue of ['services', 'endpoints', 'status'] as const) {
      line.delete(queue);
      table.done(queue, key, 'bulk');
    }
    assert.deepEqual(woken, ['services', 'endpoints', 'status']);
  });

  it('that is gone is cleared away in both queues', () => {
    const change = { type: 'deleted', object: aMirror('gone') } as const;
    const woken = new Set<string>();
    const { caches } = aFakeCluster();
    const wake = (queue: QueueName, of: string) => void (of === 'default/gone' && woken.add(queue));
    wiring(caches, someWiring({ wake, isInLine: () => true })).mirror(change);
    assert.deepEqual([...woken], ['services', 'endpoints']);
  });
});
