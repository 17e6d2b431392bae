import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fakeClock, type FakeClock } from '../../../test/gen/clock.js';
import { anApplied, aPod, type Change } from '../../../test/gen/gen.js';
import type { Pod } from '../../api/objects.js';
import { createStore, type Store } from '../../runtime/cache.js';
import { silent } from '../../runtime/log.js';
import type { Applied } from '../../protocol/applied.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { FollowOptions } from './applied.js';
import type { EgressGatewaysChange } from './applieddifference.js';
import { createEgressGateways, type EgressGateways } from './egress.js';

const leaf: KeyPair = { cert: 'c', key: 'k', ca: 'a' };
const route = (serviceId: string, link = 'paris') => ({ link, serviceId });

describe('createFleet()', () => {
  let pods: Store<Pod>;
  let clock: FakeClock;
  let tls: KeyPair | undefined;
  let egressGateways: EgressGateways;
  let changes: EgressGatewaysChange[];
  let following: Map<string, FollowOptions>;
  let stop: AbortController;
  let over: Promise<void>;

  beforeEach(() => {
    pods = createStore<Pod>({ onError: (error) => assert.fail(String(error)) });
    pods.synced = true;
    clock = fakeClock();
    tls = leaf;
    changes = [];
    following = new Map();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await clock.advance(1_000);
    await over;
    assert.equal(following.size, 0, 'somebody is still followed');
  });

  function run(...fixed: string[]): void {
    egressGateways = createEgressGateways({
      pods,
      fixed,
      tls: () => tls,
      cluster: 'london',
      listed: (addresses) => addresses.includes('10.1.0.1'),
      onChange: (change) => changes.push(change),
      clock,
      log: silent,
      follow: (options, signal) => {
        following.set(options.address, options);
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve(void following.delete(options.address))),
        );
      },
    });
    over = egressGateways.run(stop.signal);
  }

  const says = (address: string, what: Applied | undefined = anApplied()) =>
    following.get(address)?.onChange(what);
  const shown = () =>
    egressGateways.pods.map(
      (pod) =>
        `${pod.name} ${pod.applied === undefined ? 'silent' : pod.applied.draining ? 'draining' : 'serving'}`,
    );
  const put = (name: string, ip: string, ...more: Change<Pod>[]) => pods.put(aPod(name, ip, ...more));
  const next: Change<Pod> = ({ metadata }) => void (metadata.resourceVersion = '2');

  it('follows pods that run, and gateways outside of the cluster', () => {
    put('b', '10.1.0.2');
    put('a', '10.1.0.1');
    put('pending', '10.1.0.3', (pod) => (pod.status = { phase: 'Pending' }));
    put('without', '', (pod) => (pod.status = { phase: 'Running' }));
    run('192.0.2.9');
    assert.deepEqual(shown(), ['192.0.2.9 silent', 'service-mirror/a silent', 'service-mirror/b silent']);
    assert.deepEqual(changes, [{ kind: 'membership' }, { kind: 'families' }]);
    assert.equal(following.get('10.1.0.1')?.cluster, 'london');
    assert.equal(following.get('10.1.0.1')?.listed?.(), true);
    assert.equal(following.get('10.1.0.2')?.listed?.(), false);
  });

  it('asks a pod of two families at its first address', () => {
    put(
      'a',
      '10.1.0.1',
      (pod) => (pod.status = { ...pod.status, podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }] }),
    );
    run();
    assert.deepEqual([...following.keys()], ['10.1.0.1']);
    assert.deepEqual(changes, [{ kind: 'membership' }, { kind: 'families' }]);
    assert.deepEqual(egressGateways.pods[0]?.addresses, ['10.1.0.1', 'fd00::1']);
  });

  it('is complete when every pod has answered', () => {
    put('a', '10.1.0.1');
    put('b', '10.1.0.2');
    run();
    assert.equal(egressGateways.complete, false);
    says('10.1.0.1');
    assert.equal(egressGateways.complete, false);
    says('10.1.0.2');
    assert.equal(egressGateways.complete, true);
    assert.deepEqual(shown(), ['service-mirror/a serving', 'service-mirror/b serving']);
  });

  it('is complete without a pod that has not answered for five seconds, and tells so', async () => {
    put('a', '10.1.0.1');
    run();
    changes.length = 0;
    await clock.advance(4_999);
    assert.equal(egressGateways.complete, false);
    assert.deepEqual(changes, []);
    await clock.advance(1);
    assert.equal(egressGateways.complete, true);
    assert.deepEqual(changes, [{ kind: 'membership' }]);
    assert.deepEqual(shown(), ['service-mirror/a silent']);
  });

  it('is complete at once where no gateway runs', () => {
    run();
    assert.equal(egressGateways.complete, true);
  });

  it('is not complete before the pods are read, or while there is no certificate to ask with', async () => {
    pods.synced = false;
    tls = undefined;
    run();
    assert.equal(egressGateways.complete, false);
    pods.synced = true;
    put('a', '10.1.0.1');
    assert.equal(egressGateways.complete, false);
    tls = leaf;
    assert.equal(egressGateways.complete, false, 'nobody has been asked');
    await clock.advance(1_000);
    assert.deepEqual([...following.keys()], ['10.1.0.1']);
    assert.deepEqual(changes, [{ kind: 'membership' }, { kind: 'families' }]);
    says('10.1.0.1');
    assert.equal(egressGateways.complete, true);
  });

  it('wakes who waits for it when it gets its certificate and no gateway runs', async () => {
    tls = undefined;
    run();
    assert.equal(egressGateways.complete, false);
    tls = leaf;
    await clock.advance(1_000);
    assert.equal(egressGateways.complete, true);
    assert.deepEqual(changes, [{ kind: 'membership' }]);
    await clock.advance(5_000);
    assert.equal(changes.length, 1);
  });

  it('wakes nobody where it is complete before anybody asks, and no gateway runs', async () => {
    run();
    await clock.advance(5_000);
    assert.equal(egressGateways.complete, true);
    assert.deepEqual(changes, []);
  });

  it('stays complete while a pod that came later has not answered', () => {
    run();
    assert.equal(egressGateways.complete, true);
    put('a', '10.1.0.1');
    assert.equal(egressGateways.complete, true);
    assert.deepEqual(shown(), ['service-mirror/a silent']);
  });

  it('passes on what a pod tells', () => {
    put('a', '10.1.0.1');
    run();
    says('10.1.0.1');
    changes.length = 0;
    says('10.1.0.1', anApplied({ routes: new Map([[10_000, route('a')]]) }));
    assert.deepEqual(changes, [{ kind: 'routes', ports: [10_000] }]);
    assert.deepEqual([...(egressGateways.pods[0]?.applied?.routes.keys() ?? [])], [10_000]);
  });

  it('knows nothing of a pod once contact is lost', () => {
    put('a', '10.1.0.1');
    run();
    says('10.1.0.1');
    changes.length = 0;
    following.get('10.1.0.1')?.onChange(undefined);
    assert.deepEqual(shown(), ['service-mirror/a silent']);
    assert.deepEqual(changes, [{ kind: 'membership' }]);
  });

  it('follows a pod anew that came back at another address', () => {
    put('a', '10.1.0.1');
    run();
    says('10.1.0.1');
    put('a', '10.1.0.7', next);
    assert.deepEqual([...following.keys()], ['10.1.0.7']);
    assert.deepEqual(shown(), ['service-mirror/a silent']);
  });

  it('forgets a pod that is gone, and hears no last words', () => {
    put('a', '10.1.0.1');
    run();
    const gone = following.get('10.1.0.1');
    changes.length = 0;
    pods.drop(aPod('a', '10.1.0.1'));
    assert.deepEqual(changes, [{ kind: 'membership' }]);
    gone?.onChange(anApplied());
    assert.deepEqual(shown(), []);
    assert.equal(changes.length, 1);
  });

  it('takes a pod that is being deleted to be leaving, whatever it says itself', () => {
    put('a', '10.1.0.1');
    run();
    says('10.1.0.1');
    changes.length = 0;
    put('a', '10.1.0.1', next, ({ metadata }) => void (metadata.deletionTimestamp = '2026-01-01T00:00:00Z'));
    assert.deepEqual(shown(), ['service-mirror/a draining']);
    assert.deepEqual(changes, [{ kind: 'membership' }]);
  });

  it('has nothing to tell of a pod whose labels change', () => {
    put('a', '10.1.0.1');
    run();
    changes.length = 0;
    put('a', '10.1.0.1', next);
    assert.deepEqual(changes, []);
  });
});
