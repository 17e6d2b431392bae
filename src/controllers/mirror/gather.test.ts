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
import { aRemote, aWorld, type FakeCluster } from '../../../test/gen/cluster.js';
import { gather } from './gather.js';

const mirror = aMirror('hello-mirror', holding({ 80: 10_000 }));
const local = aService('hello', port(80), ownedBy(mirror));
const key = 'default/hello-mirror';

function world(...objects: Parameters<typeof aWorld>): FakeCluster {
  const made = aWorld(mirror, aLink(), aNamespace(), local, ...objects);
  made.remotes.clusters.set(
    'paris',
    aRemote({ services: [aService('hello', port(80))], slices: [aSlice('hello', endpoint('10.9.0.1'))] }),
  );
  made.gateways = frozen(someFacts([anEgressPod('a')]));
  return made;
}

describe('gather()', () => {
  it('sees nothing where there is no mirror', () => assert.equal(gather('default/none', world()), undefined));

  it('puts together all that decisions look at', () => {
    const picture = gather(key, world());
    assert.equal(picture?.source.kind, 'live');
    assert.equal(picture?.objection, undefined);
    assert.equal(picture?.limits?.transport, 'gateway');
    assert.equal(picture?.view.namespace?.metadata.name, 'default');
    assert.equal(picture?.view.local?.metadata.uid, local.metadata.uid);
    assert.deepEqual([...(picture?.view.gatewayPorts ?? [])], [[80, 10_000]]);
    assert.equal(picture?.answer?.kind, 'endpoints');
  });

  it('is the same twice', () => {
    const same = world();
    assert.deepEqual(gather(key, same), gather(key, same));
  });

  it('takes only slices that belong to this very Service', () => {
    const ours = aSlice('hello', (draft) => void (draft.metadata.name = 'ours'), ownedBy(local));
    const picture = gather(key, world(ours, aSlice('hello')));
    assert.deepEqual(
      picture?.view.slices.map(({ metadata }) => metadata.name),
      ['ours'],
    );
  });

  it('asks the transport that the Link names', () => {
    const picture = gather(key, world(aLink('paris', over('flat'))));
    assert.equal(picture?.limits?.transport, 'flat');
    assert.equal(
      picture?.answer?.kind === 'endpoints' && picture.answer.slices[0]?.endpoints[0]?.addresses[0],
      '10.9.0.1',
    );
  });

  it('asks no transport while there is an objection, or nothing is known', () => {
    const refused = world();
    refused.drop(aLink());
    assert.equal(gather(key, refused)?.answer, undefined);
    assert.equal(gather(key, refused)?.objection?.reason, 'LinkNotFound');
    const blind = world();
    blind.drop(local);
    blind.remotes.clusters.set('paris', aRemote({ synced: false }));
    assert.equal(gather(key, blind)?.answer, undefined);
  });

  it('tells a Link that is not sound from one that is not there', () => {
    const objection = gather(key, world(aLink('paris', over('linkerd'))))?.objection;
    assert.match(objection?.message ?? '', /cannot be used.*gateway\.addresses/);
  });

  it('objects to what the transport cannot carry', () => {
    const unmeshed = world();
    unmeshed.remotes.clusters.set('paris', aRemote({ services: [aService('hello', port(80), headless)] }));
    assert.equal(gather(key, unmeshed)?.objection?.reason, 'UnsupportedService');
  });

  it('finds what the schema did not', () => {
    const odd = aMirror('hello-mirror', (draft) => void (draft.spec.cluster = 'local'));
    const picture = gather(key, world(odd, aLink('local')));
    assert.equal(picture?.objection?.reason, 'InvalidSpec');
  });
});
