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
  over,
  ownedBy,
  port,
  someFacts,
} from '../../../test/gen/gen.js';
import { aRemote, aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { gather } from './gather.js';

const mirror = aMirror('hello-mirror', holding({ 80: 10_000 }));
const local = aService('hello', port(80), ownedBy(mirror));
const key = 'default/hello-mirror';

function fake(...objects: Parameters<typeof aFakeCluster>): FakeCluster {
  const made = aFakeCluster(mirror, aLink(), aNamespace(), local, ...objects);
  made.remotes.clusters.set(
    'paris',
    aRemote({ services: [aService('hello', port(80))], slices: [aSlice('hello', endpoint('10.9.0.1'))] }),
  );
  made.gateways = frozen(someFacts([anEgressPod('a')]));
  return made;
}

describe('gather()', () => {
  it('sees nothing where there is no mirror', () => assert.equal(gather('default/none', fake()), undefined));

  it('puts together all that decisions look at', () => {
    const input = gather(key, fake());
    assert.equal(input?.source.kind, 'live');
    assert.equal(input?.notAccepted, undefined);
    assert.equal(input?.limits?.transport, 'gateway');
    assert.equal(input?.view.namespace?.metadata.name, 'default');
    assert.equal(input?.view.local?.metadata.uid, local.metadata.uid);
    assert.deepEqual([...(input?.view.gatewayPorts ?? [])], [[80, 10_000]]);
    assert.equal(input?.answer?.kind, 'endpoints');
  });

  it('is the same twice', () => {
    const same = fake();
    assert.deepEqual(gather(key, same), gather(key, same));
  });

  it('takes only slices that belong to this very Service', () => {
    const ours = aSlice('hello', (draft) => void (draft.metadata.name = 'ours'), ownedBy(local));
    const input = gather(key, fake(ours, aSlice('hello')));
    assert.deepEqual(
      input?.view.slices.map(({ metadata }) => metadata.name),
      ['ours'],
    );
  });

  it('asks the transport that the Link names', () => {
    const input = gather(key, fake(aLink('paris', over('flat'))));
    assert.equal(input?.limits?.transport, 'flat');
    assert.equal(
      input?.answer?.kind === 'endpoints' && input.answer.slices[0]?.endpoints[0]?.addresses[0],
      '10.9.0.1',
    );
  });

  it('asks no transport while there is a reason against it, or nothing is known', () => {
    const refused = fake();
    refused.drop(aLink());
    assert.equal(gather(key, refused)?.answer, undefined);
    assert.equal(gather(key, refused)?.notAccepted?.reason, 'LinkNotFound');
    const blind = fake();
    blind.drop(local);
    blind.remotes.clusters.set('paris', aRemote({ synced: false }));
    assert.equal(gather(key, blind)?.answer, undefined);
  });

  it('tells a Link that is not sound from one that is not there', () => {
    const notAccepted = gather(key, fake(aLink('paris', over('linkerd'))))?.notAccepted;
    assert.match(notAccepted?.message ?? '', /cannot be used.*gateway\.addresses/);
  });

  it('objects to what the transport cannot carry', () => {
    const unmeshed = fake();
    unmeshed.remotes.clusters.set('paris', aRemote({ services: [aService('hello', port(80), headless)] }));
    assert.equal(gather(key, unmeshed)?.notAccepted?.reason, 'UnsupportedService');
  });

  it('finds what the schema did not', () => {
    const odd = aMirror('hello-mirror', (draft) => void (draft.spec.cluster = 'local'));
    const input = gather(key, fake(odd, aLink('local')));
    assert.equal(input?.notAccepted?.reason, 'InvalidSpec');
  });
});
