import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  aSlice,
  endpoint,
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
import { aRemote, aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { conditionOf } from '../../api/conditions.js';
import { keys, managedBy } from '../../api/names.js';
import { NetworkError } from '../../runtime/errors.js';
import { reconcileEndpoints } from './endpoints.js';
import { reconcileService } from './services.js';
import { reconcileStatus } from './status.js';

describe('the three controllers of a mirror', () => {
  it('go through the walkthrough: not exported, then exported', async () => {
    const fake = walkthrough();
    await settle(fake);
    assert.equal(statusOf(fake)?.ports?.[0]?.gatewayPort, 10_000);
    routed(fake, []);
    await settle(fake);
    assert.equal(ready(fake), 'False NotExported');
    routed(fake);
    await settle(fake);
    assert.equal(ready(fake), 'True Ready');
    assert.deepEqual(statusOf(fake)?.endpoints, { ready: 1, total: 1, display: '1/1' });
    // no gateway ran at first
    assert.deepEqual(fake.told, ['Warning NoLocalGateway', 'Normal Ready']);
  });

  it('write nothing after a restart, not even before anything is seen', async () => {
    const fake = await working();
    fake.written();
    const next = fake.restarted();
    const { gateways } = next;
    next.remotes.clusters.clear();
    next.gateways = { egress: { complete: false, pods: [] } };
    await settle(next);
    next.remotes.clusters.set('paris', aRemote({ synced: false }));
    await settle(next);
    next.remotes.clusters.set('paris', fake.remotes.clusters.get('paris') ?? aRemote());
    await settle(next);
    next.gateways = gateways;
    await settle(next);
    assert.deepEqual(next.written(), []);
    assert.deepEqual(next.told, []);
  });

  it('give a mirror the port that it had before the restart', async () => {
    const fake = await working();
    const next = fake.restarted();
    await settle(next);
    assert.equal(statusOf(next)?.ports?.[0]?.gatewayPort, 10_000);
  });

  it('are Ready while only the remote API server is down, and tell of it after a minute', async () => {
    const fake = await working();
    fake.told.length = 0;
    const cluster = fake.remotes.clusters.get('paris');
    assert.ok(cluster);
    cluster.problem = { error: new NetworkError('refused', { code: 'ECONNREFUSED' }), since: 0 };
    assert.deepEqual(await reconcileStatus(fake)(key), { requeueAfter: 60_000 });
    await fake.clock.advance(60_000);
    await settle(fake);
    assert.equal(ready(fake), 'True Ready');
    assert.equal(conditionOf(fake.caches.mirrors.get(key), 'Synced')?.reason, 'LinkDisconnected');
    assert.deepEqual(fake.told, []);
  });

  it('wait for a name that somebody else has, and take it when it is free', async () => {
    const fake = walkthrough();
    const taken = aService('hello', port(1));
    fake.put(taken);
    await settle(fake);
    assert.equal(ready(fake), 'False NameConflict');
    fake.drop(taken);
    await settle(fake);
    routed(fake);
    await settle(fake);
    assert.equal(ready(fake), 'True Ready');
    assert.deepEqual(fake.told.at(0), 'Warning NameConflict');
  });

  it('gather once for a change, all together, and once more for each write', async () => {
    const fake = await working();
    const inputs = new Set<unknown>();
    const gather = (asked: string) => {
      const input = fake.gather(asked);
      inputs.add(input);
      return input;
    };
    const all = async () => {
      inputs.clear();
      for (const reconcile of [reconcileService, reconcileEndpoints, reconcileStatus])
        await reconcile({ ...fake, gather })(key);
      return inputs.size;
    };
    fake.put(aNamespace());
    assert.equal(await all(), 1);
    assert.equal(await all(), 1);
    fake.written();
    fake.remotes.clusters.set('paris', aRemote({ services: [aService('hello', port(80))] }));
    // the status is decided from the slices that the endpoints controller has written
    assert.equal(await all(), 2);
    assert.deepEqual(fake.written(), [
      'patch endpointslices default/hello-mirror-ipv4-0',
      'status servicemirrors default/hello-mirror',
    ]);
    assert.equal(await all(), 1);
  });

  it('free the egress port of a remote port that is gone, and keep the others', async () => {
    const fake = await working();
    fake.remotes.clusters.set(
      'paris',
      aRemote({
        services: [aService('hello', port(80, { name: 'http' }), port(443, { name: 'https' }))],
        slices: [aSlice('hello', offering('http', 'https'), endpoint('10.9.0.1'))],
      }),
    );
    await settle(fake);
    assert.deepEqual(
      statusOf(fake)?.ports?.map((each) => each.gatewayPort),
      [10_000, 10_001],
    );
    assert.equal(ready(fake), 'True Ready');
    fake.put({ ...aMirror('hello-mirror', onlyPorts(443)), status: statusOf(fake) ?? {} } as never);
    await settle(fake);
    assert.deepEqual(
      statusOf(fake)?.ports?.map((each) => each.gatewayPort),
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
      const fake = walkthrough();
      fake.put(object, aService('hello-2'));
      await settle(fake);
      assert.equal(
        statusOf(fake)?.ports?.some(({ gatewayPort }) => gatewayPort !== undefined),
        false,
      );
    }
  });

  it('says that ports are exhausted, and asks again', async () => {
    const fake = walkthrough();
    const exhausted = 'none is free';
    const full: FakeCluster = {
      ...fake,
      ports: { ...fake.ports, claim: async () => [{ ports: new Map(), exhausted }] },
    };
    await reconcileService(full)(key);
    assert.deepEqual(await reconcileStatus(full)(key), { requeueAfter: 30_000 });
    assert.equal(ready(fake), 'False PortsExhausted');
    assert.equal(messageOf(fake, 'Ready'), '1 of 1 ports have no egress port: none is free');
    assert.deepEqual(fake.told, ['Warning PortsExhausted']);
  });

  it('tells of a turn once, and of nothing while all is still on its way', async () => {
    const fake = walkthrough();
    fake.gateways = { egress: { complete: false, pods: [] } };
    await settle(fake);
    assert.equal(ready(fake), 'False Pending');
    assert.deepEqual(fake.told, []);
    fake.gateways = someFacts([]);
    await settle(fake);
    await settle(fake);
    assert.deepEqual(fake.told, []);
    routed(fake);
    await settle(fake);
    assert.deepEqual(fake.told, ['Normal Ready']);
    fake.remotes.clusters.set('paris', aRemote());
    await settle(fake);
    assert.deepEqual(fake.told, ['Normal Ready', 'Warning RemoteServiceNotFound']);
  });

  it('takes back what somebody has added to a status', async () => {
    const fake = await working();
    const settled = fake.caches.mirrors.get(key);
    assert.ok(settled);
    fake.put({ ...settled, status: { ...settled.status, more: 'x' } } as typeof settled);
    fake.written();
    await reconcileStatus(fake)(key);
    assert.deepEqual(fake.written(), ['status servicemirrors default/hello-mirror']);
  });

  it('is done with a mirror that is gone', async () => {
    const fake = aFakeCluster();
    assert.equal(await reconcileStatus(fake)(key), undefined);
    assert.deepEqual(fake.written(), []);
  });

  it('lets failures to record a port through, so that it is tried again', async () => {
    const fake = walkthrough();
    await reconcileService(fake)(key);
    fake.kube.beforeWrite = () => {
      throw new NetworkError('refused', { code: 'ECONNREFUSED' });
    };
    await assert.rejects(() => reconcileStatus(fake)(key), NetworkError);
    fake.kube.beforeWrite = () => undefined;
    await settle(fake);
    assert.equal(statusOf(fake)?.ports?.[0]?.gatewayPort, 10_000);
  });

  it('does not count slices of somebody else as its own', async () => {
    const fake = walkthrough();
    const local = aService('hello', port(80), ownedBy(aMirror()));
    fake.put(local, aSlice('hello', labelled({ [keys.sliceManagedBy]: managedBy }), endpoint('10.6.6.6')));
    await reconcileStatus(fake)(key);
    routed(fake);
    await reconcileStatus(fake)(key);
    assert.equal(ready(fake), 'False Pending');
  });
});
