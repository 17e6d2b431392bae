import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aMirror, aService, holding, named, of, ownedBy, served } from '../../test/gen/gen.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { someWiring } from '../../test/gen/wiring.js';
import type { WiringOptions } from './queues.js';
import { wiring } from './wiring.js';

const old = aMirror('old', of('paris', 'default/hello'), holding({ 80: 10_001 }), served);
const fresh = aMirror('fresh', of('paris', 'default/hello'));
const service = aService('old', ownedBy(old));

type Table = ReturnType<typeof wiring>;

/** How urgently a change wakes each mirror. */
function urgencies(change: (table: Table) => void): Record<string, string> {
  const found: Record<string, string> = {};
  const { caches } = aFakeCluster(old, fresh, service, aLink('paris'));
  const wake: WiringOptions['wake'] = (queue, key, { urgency = 'normal' } = {}) => {
    if (['services', 'endpoints'].includes(queue)) found[key.replace('default/', '')] = urgency;
  };
  const table = wiring(caches, someWiring({ wake }));
  change(table);
  return found;
}

describe('a mirror is woken', () => {
  it('as changed if it exists, and after those if it is new', () => {
    const remote = { kind: 'service', part: 'service', key: 'default/hello' } as const;
    assert.deepEqual(
      urgencies((table) => table.remote('paris', remote)),
      { old: 'normal', fresh: 'bulk' },
    );
    assert.deepEqual(
      urgencies((table) => table.mirror({ type: 'added', object: fresh })),
      { fresh: 'bulk' },
    );
    assert.deepEqual(
      urgencies((table) => table.mirror({ type: 'updated', object: old, previous: old })),
      { old: 'normal' },
    );
  });

  it('before all others when a gateway or a peer is lost, or found', () => {
    for (const change of [
      (table: Table) => table.probe('paris'),
      (table: Table) => table.egressGateways({ kind: 'membership' }),
      (table: Table) => table.egressGateways({ kind: 'links', links: ['paris'] }),
    ])
      assert.deepEqual(urgencies(change), { old: 'urgent', fresh: 'urgent' });
  });

  it('a little later than the first sight of its cluster, which wakes it anyway', () => {
    const { caches } = aFakeCluster(old, aLink('paris'));
    const waits: (number | undefined)[] = [];
    const wake: WiringOptions['wake'] = (queue, _key, o) =>
      ['services', 'endpoints'].includes(queue) && waits.push(o?.afterMs);
    const table = wiring(caches, someWiring({ wake, isRead: () => false }));
    table.probe('paris');
    table.egressGateways({ kind: 'membership' });
    table.remote('paris', { kind: 'state' });
    assert.deepEqual(waits, [2_000, 2_000, undefined]);
  });

  it('before all others when a peer begins or ceases to export its service, and others are not', () => {
    const change = { kind: 'exports', ports: [10_001] } as const;
    assert.deepEqual(
      urgencies((table) => table.egressGateways(change)),
      { old: 'urgent' },
    );
  });

  it('last when it is only looked at again', () => {
    for (const change of [
      (table: Table) => table.everything(),
      (table: Table) => table.families(),
      (table: Table) => table.remote('paris', { kind: 'state' }),
    ])
      assert.deepEqual(urgencies(change), { old: 'bulk', fresh: 'bulk' });
  });

  it('for its status as urgently as for its slices before', () => {
    const woken: unknown[] = [];
    const wake: WiringOptions['wake'] = (queue, key, o) => woken.push([queue, key, o?.urgency]);
    const table = wiring(aFakeCluster(old, fresh).caches, someWiring({ wake }));
    table.done('endpoints', 'default/old', 'urgent');
    table.done('endpoints', 'default/fresh', 'urgent');
    assert.deepEqual(woken, [
      ['status', 'default/old', 'urgent'],
      ['status', 'default/fresh', 'bulk'],
    ]);
  });

  it('as something that existed when it is gone', () => {
    const gone = aMirror('gone', named('gone'));
    assert.deepEqual(
      urgencies((table) => table.mirror({ type: 'deleted', object: gone })),
      { gone: 'normal' },
    );
  });
});
