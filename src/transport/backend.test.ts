import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aView, someFacts, type ViewFields } from '../../test/gen/gen.js';
import { aSeenBackend } from '../../test/gen/backends.js';
import { matches } from '../runtime/selector.js';
import { backendOf } from './backend.js';

describe('backendOf()', () => {
  it('asks the transport that the Link names', () => {
    const { limits, answer, source, families } = aSeenBackend('paris', { transport: 'flat' });
    assert.equal(limits?.transport, 'flat');
    assert.equal(source.kind, 'live');
    assert.deepEqual(families, ['IPv4']);
    assert.equal(answer?.kind === 'endpoints' && answer.slices[0]?.endpoints[0]?.addresses[0], '10.9.0.1');
  });

  it('concludes of each backend by what is seen of it', () => {
    const [paris, rome] = ['paris', 'rome'].map((cluster) => aSeenBackend(cluster, { transport: 'gateway' }));
    assert.equal(paris?.answer?.kind, 'endpoints');
    assert.equal(rome?.answer?.kind === 'endpoints' && rome.answer.notReady, undefined);
  });

  const unasked: Record<string, ViewFields> = {
    'there is a reason against it': { problems: ['spec.name: no'] },
    'its remote service is not known': { remote: { synced: false, slices: [] }, local: undefined },
    'its remote service is gone': { remote: { synced: true, slices: [] } },
    'its Link is not known': { link: undefined },
  };
  for (const [when, view] of Object.entries(unasked))
    it(`asks no transport while ${when}`, () =>
      assert.equal(aSeenBackend('paris', { view }).answer, undefined));

  it('says what the transport adds, though nothing is known of the remote service', () => {
    const link = aLink('paris', (draft) => {
      draft.spec.transport = 'linkerd';
      draft.spec.gateway = { identity: 'gateway.paris' };
    });
    const { metadata } = backendOf({ view: aView({ link }), facts: someFacts([]) }, matches);
    assert.equal(metadata?.sliceAnnotations['mirror.linkerd.io/remote-gateway-identity'], 'gateway.paris');
  });
});
