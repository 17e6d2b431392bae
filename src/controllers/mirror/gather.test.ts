import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  aSlice,
  anEgressPod,
  endpoint,
  frozen,
  headless,
  holding,
  inNamespace,
  named,
  ofClusters,
  over,
  ownedBy,
  port,
  someFacts,
} from '../../../test/gen/gen.js';
import { backendsOfSpec } from '../../api/backends.js';
import { ApiError } from '../../runtime/errors.js';
import { createGather } from './gather.js';
import { aRemote, aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';

const mirror = aMirror('hello-mirror', holding({ 80: 10_000 }));
const local = aService('hello', port(80), ownedBy(mirror));
const key = 'default/hello-mirror';
const firstOf = (made: FakeCluster) => made.gather(key)?.backends[0];

function fake(...objects: Parameters<typeof aFakeCluster>): FakeCluster {
  const made = aFakeCluster(mirror, aLink(), aNamespace(), local, ...objects);
  made.remotes.clusters.set(
    'paris',
    aRemote({ services: [aService('hello', port(80))], slices: [aSlice('hello', endpoint('10.9.0.1'))] }),
  );
  made.gateways = frozen(someFacts([anEgressPod('a')]));
  return made;
}

describe('createGather()', () => {
  it('sees nothing where there is no mirror', () => assert.equal(fake().gather('default/none'), undefined));

  it('puts together all that decisions look at', () => {
    const input = fake().gather(key);
    const [first] = input?.backends ?? [];
    assert.equal(first?.source.kind, 'live');
    assert.equal(first?.notAccepted, undefined);
    assert.equal(first?.limits?.transport, 'gateway');
    assert.equal(input?.view.namespace?.metadata.name, 'default');
    assert.equal(input?.view.local?.metadata.uid, local.metadata.uid);
    assert.deepEqual([...(first?.view.gatewayPorts ?? [])], [[80, 10_000]]);
    assert.equal(first?.answer?.kind, 'endpoints');
  });

  it('gives the very same again while nothing that it read has changed', () => {
    const same = fake();
    const input = same.gather(key);
    same.put(aMirror('other', named('other')), aService('other'), aSlice('other'));
    assert.equal(same.gather(key), input);
  });

  const changes: Record<string, (made: FakeCluster) => void> = {
    'the mirror': (made) => made.put(mirror),
    'its Link': (made) => made.put(aLink()),
    'its namespace': (made) => made.put(aNamespace()),
    'its Service': (made) => made.put(local),
    'a slice of its Service': (made) => made.put(aSlice('hello', ownedBy(local))),
    'the remote service': ({ remotes }) =>
      void remotes.clusters.set('paris', aRemote({ services: [aService('hello', port(80))] })),
    'contact with the remote cluster': ({ remotes }) =>
      void remotes.clusters.set('paris', aRemote({ problem: { error: undefined, since: 1 } })),
    'an egress gateway': (made) => (made.gateways = someFacts([anEgressPod('a', { draining: true })])),
    'what is known of the peer': (made) => {
      made.gateways = someFacts([anEgressPod('a')], {
        peerProblem: { reason: 'PeerConflict', message: 'two claim it' },
      });
    },
    'which families there are': ({ families }) =>
      void families.refused(
        new ApiError('spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster', {
          status: 422,
        }),
      ),
  };
  for (const [what, change] of Object.entries(changes))
    it(`looks anew when ${what} has changed`, () => {
      const made = fake();
      const input = made.gather(key);
      change(made);
      assert.notEqual(made.gather(key), input);
    });

  it('looks anew when the mirror was given a port', async () => {
    const made = fake();
    const before = firstOf(made);
    await made.ports.claim(mirror, [{ backend: backendsOfSpec(mirror)[0], ports: [80, 443] }]);
    assert.deepEqual([...(before?.view.gatewayPorts ?? [])], [[80, 10_000]]);
    assert.equal(firstOf(made)?.view.gatewayPorts.size, 2);
  });

  it('keeps no more inputs than it may, and those that were asked for last', () => {
    const made = fake(aMirror('other', named('other')));
    const { caches, remotes, ports, registry, facts, families } = made;
    const gather = createGather({ caches, remotes, ports, links: registry, facts, families }, 1);
    const input = gather(key);
    assert.equal(gather(key), input);
    const other = gather('default/other');
    assert.notEqual(gather(key), input);
    assert.notEqual(gather('default/other'), other);
  });

  it('forgets a mirror that is gone', () => {
    const made = fake();
    made.gather(key);
    made.drop(mirror);
    assert.equal(made.gather(key), undefined);
  });

  it('takes only slices that belong to this very Service', () => {
    const ours = aSlice('hello', (draft) => void (draft.metadata.name = 'ours'), ownedBy(local));
    const input = fake(ours, aSlice('hello')).gather(key);
    assert.deepEqual(
      input?.view.slices.map(({ metadata }) => metadata.name),
      ['ours'],
    );
  });

  it('asks the transport that the Link names', () => {
    const input = firstOf(fake(aLink('paris', over('flat'))));
    assert.equal(input?.limits?.transport, 'flat');
    assert.equal(
      input?.answer?.kind === 'endpoints' && input.answer.slices[0]?.endpoints[0]?.addresses[0],
      '10.9.0.1',
    );
  });

  it("sees this cluster's own Services for mirrors of their namespace alone", () => {
    const kindOf = (namespace: string) => {
      const other = aMirror('other', named('other'), ofClusters('local', 'paris'), ({ spec }) => {
        spec.service = { name: 'hello', namespace };
      });
      const made = fake(other);
      const services = ['default', 'shop'].map((its) => aService('hello', inNamespace(its), port(80)));
      made.remotes.clusters.set('local', aRemote({ services }));
      const seen = made.gather('default/other')?.backends[0];
      return [seen?.source.kind, seen?.notAccepted?.reason];
    };
    assert.deepEqual(kindOf('default'), ['live', undefined]);
    assert.deepEqual(kindOf('shop'), ['unknown', 'InvalidSpec']);
  });

  it('asks no transport while there is a reason against it, or nothing is known', () => {
    const refused = fake();
    refused.drop(aLink());
    assert.equal(firstOf(refused)?.answer, undefined);
    assert.equal(firstOf(refused)?.notAccepted?.reason, 'LinkNotFound');
    const blind = fake();
    blind.drop(local);
    blind.remotes.clusters.set('paris', aRemote({ synced: false }));
    assert.equal(firstOf(blind)?.answer, undefined);
  });

  it('tells a Link that is not sound from one that is not there', () => {
    const notAccepted = firstOf(fake(aLink('paris', over('linkerd'))))?.notAccepted;
    assert.match(notAccepted?.message ?? '', /cannot be used.*gateway\.addresses/);
  });

  it('objects to what the transport cannot carry', () => {
    const unmeshed = fake();
    const services = [aService('hello', headless, port(80))];
    const slices = [aSlice('hello', endpoint('10.9.0.1'))];
    unmeshed.remotes.clusters.set('paris', aRemote({ services, slices }));
    assert.equal(firstOf(unmeshed)?.notAccepted?.reason, 'UnsupportedService');
  });

  it('finds what the schema did not', () => {
    const odd = aMirror('hello-mirror', (draft) => void (draft.spec.cluster = 'local'));
    const input = firstOf(fake(odd, aLink('local')));
    assert.equal(input?.notAccepted?.reason, 'InvalidSpec');
  });
});
