import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aService,
  aSlice,
  endpoint,
  epoch,
  labelled,
  named,
  offering,
  onlyPorts,
  ownedBy,
  port,
  someFacts,
} from '../../../test/gen/gen.js';
import {
  key,
  messageOf,
  ready,
  routed,
  settle,
  statusOf,
  walkthrough,
  working,
} from '../../../test/gen/walkthrough.js';
import { aRemote, aWorld, type FakeCluster } from '../../../test/gen/cluster.js';
import { conditionOf } from '../../api/conditions.js';
import { keys, managedBy } from '../../api/names.js';
import { NetworkError } from '../../runtime/errors.js';
import { reconcileService } from './services.js';
import { reconcileStatus } from './status.js';

describe('the three controllers of a mirror', () => {
  it('go through the walkthrough: not exported, then exported', async () => {
    const world = walkthrough();
    await settle(world);
    assert.equal(statusOf(world)?.ports?.[0]?.gatewayPort, 10_000);
    routed(world, []);
    await settle(world);
    assert.equal(ready(world), 'False NotExported');
    routed(world);
    await settle(world);
    assert.equal(ready(world), 'True Ready');
    assert.deepEqual(statusOf(world)?.endpoints, { ready: 1, total: 1, display: '1/1' });
    // no gateway ran at first
    assert.deepEqual(world.told, ['Warning NoLocalGateway', 'Normal Ready']);
  });

  it('write nothing after a restart, not even before anything is seen', async () => {
    const world = await working();
    world.written();
    const next = world.restarted();
    const { gateways } = next;
    next.remotes.clusters.clear();
    next.gateways = { egress: { settled: false, pods: [] } };
    await settle(next);
    next.remotes.clusters.set('paris', aRemote({ synced: false }));
    await settle(next);
    next.remotes.clusters.set('paris', world.remotes.clusters.get('paris') ?? aRemote());
    await settle(next);
    next.gateways = gateways;
    await settle(next);
    assert.deepEqual(next.written(), []);
    assert.deepEqual(next.told, []);
  });

  it('give a mirror the port that it had before the restart', async () => {
    const world = await working();
    const next = world.restarted();
    await settle(next);
    assert.equal(statusOf(next)?.ports?.[0]?.gatewayPort, 10_000);
  });

  it('are Ready while only the remote API server is down, and tell of it after a minute', async () => {
    const world = await working();
    world.told.length = 0;
    const cluster = world.remotes.clusters.get('paris');
    assert.ok(cluster);
    cluster.problem = { error: new NetworkError('refused', { code: 'ECONNREFUSED' }), since: epoch };
    assert.deepEqual(await reconcileStatus(world)(key), { requeueAfter: 60_000 });
    await world.clock.advance(60_000);
    await settle(world);
    assert.equal(ready(world), 'True Ready');
    assert.equal(conditionOf(world.caches.mirrors.get(key), 'Synced')?.reason, 'LinkDisconnected');
    assert.deepEqual(world.told, []);
  });

  it('wait for a name that somebody else has, and take it when it is free', async () => {
    const world = walkthrough();
    const taken = aService('hello', port(1));
    world.put(taken);
    await settle(world);
    assert.equal(ready(world), 'False NameConflict');
    world.drop(taken);
    await settle(world);
    routed(world);
    await settle(world);
    assert.equal(ready(world), 'True Ready');
    assert.deepEqual(world.told.at(0), 'Warning NameConflict');
  });

  it('free the egress port of a remote port that is gone, and keep the others', async () => {
    const world = await working();
    world.remotes.clusters.set(
      'paris',
      aRemote({
        services: [aService('hello', port(80, { name: 'http' }), port(443, { name: 'https' }))],
        slices: [aSlice('hello', offering('http', 'https'), endpoint('10.9.0.1'))],
      }),
    );
    await settle(world);
    assert.deepEqual(
      statusOf(world)?.ports?.map((each) => each.gatewayPort),
      [10_000, 10_001],
    );
    assert.equal(ready(world), 'True Ready');
    world.put({ ...aMirror('hello-mirror', onlyPorts(443)), status: statusOf(world) ?? {} } as never);
    await settle(world);
    assert.deepEqual(
      statusOf(world)?.ports?.map((each) => each.gatewayPort),
      [10_001],
    );
  });
});

describe('reconcileStatus()', () => {
  it('claims no port for a mirror that is not accepted, or goes over another transport', async () => {
    for (const object of [
      aMirror('hello-mirror', named('hello-2')),
      aLink('paris', (draft) => (draft.spec.transport = 'flat')),
    ]) {
      const world = walkthrough();
      world.put(object, aService('hello-2'));
      assert.equal(await reconcileStatus(world)(key), undefined);
      assert.equal(
        statusOf(world)?.ports?.some(({ gatewayPort }) => gatewayPort !== undefined),
        false,
      );
    }
  });

  it('says that ports are exhausted, and asks again', async () => {
    const world = walkthrough();
    const exhausted = 'none is free';
    const full: FakeCluster = {
      ...world,
      ports: { ...world.ports, claim: async () => ({ ports: new Map(), exhausted }) },
    };
    await reconcileService(full)(key);
    assert.deepEqual(await reconcileStatus(full)(key), { requeueAfter: 30_000 });
    assert.equal(ready(world), 'False PortsExhausted');
    assert.equal(messageOf(world, 'Ready'), '1 of 1 ports have no egress port: none is free');
    assert.deepEqual(world.told, ['Warning PortsExhausted']);
  });

  it('tells of a turn once, and of nothing while all is still on its way', async () => {
    const world = walkthrough();
    world.gateways = { egress: { settled: false, pods: [] } };
    await settle(world);
    assert.equal(ready(world), 'False Pending');
    assert.deepEqual(world.told, []);
    world.gateways = someFacts([]);
    await settle(world);
    await settle(world);
    assert.deepEqual(world.told, []);
    routed(world);
    await settle(world);
    assert.deepEqual(world.told, ['Normal Ready']);
    world.remotes.clusters.set('paris', aRemote());
    await settle(world);
    assert.deepEqual(world.told, ['Normal Ready', 'Warning RemoteServiceNotFound']);
  });

  it('takes back what somebody has added to a status', async () => {
    const world = await working();
    const settled = world.caches.mirrors.get(key);
    assert.ok(settled);
    world.put({ ...settled, status: { ...settled.status, more: 'x' } } as typeof settled);
    world.written();
    await reconcileStatus(world)(key);
    assert.deepEqual(world.written(), ['status servicemirrors default/hello-mirror']);
  });

  it('is done with a mirror that is gone', async () => {
    const world = aWorld();
    assert.equal(await reconcileStatus(world)(key), undefined);
    assert.deepEqual(world.written(), []);
  });

  it('lets failures to record a port through, so that it is tried again', async () => {
    const world = walkthrough();
    world.kube.beforeWrite = () => {
      throw new NetworkError('refused', { code: 'ECONNREFUSED' });
    };
    await assert.rejects(() => reconcileStatus(world)(key), NetworkError);
    world.kube.beforeWrite = () => undefined;
    await settle(world);
    assert.equal(statusOf(world)?.ports?.[0]?.gatewayPort, 10_000);
  });

  it('does not count slices of somebody else as its own', async () => {
    const world = walkthrough();
    const local = aService('hello', port(80), ownedBy(aMirror()));
    world.put(local, aSlice('hello', labelled({ [keys.sliceManagedBy]: managedBy }), endpoint('10.6.6.6')));
    await reconcileStatus(world)(key);
    routed(world);
    await reconcileStatus(world)(key);
    assert.equal(ready(world), 'False Pending');
  });
});
