import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink } from '../../test/gen/gen.js';
import { identity, other, paris, pin, remembered, settle } from '../../test/gen/peering.js';
import type { PeerInput } from './memory.js';
import { servedPeer } from './decide.js';

describe('servedPeer()', () => {
  const changes: Record<string, () => Partial<PeerInput>> = {
    'what is published contradicts the pin': () => ({
      link: aLink('paris', pin(paris.authority.ca)),
      published: identity({ cluster: 'lyon' }),
    }),
    'its cluster claims to be us': () => ({ published: identity({ cluster: 'london' }) }),
    'its cluster has our UID': () => ({ published: identity({ uid: 'uid-london' }) }),
    'its cluster takes another name': () => ({ published: identity({ cluster: 'lyon' }) }),
    'new credentials do not verify its API server': () => ({ published: identity(), verified: false }),
    'the pin has one more CA, and is contradicted': () => ({
      link: aLink('paris', pin(paris.authority.ca + other.authority.ca)),
      published: identity({ cluster: 'lyon' }),
    }),
  };
  for (const [sentence, change] of Object.entries(changes)) {
    it(`is the peer that was resolved before, while ${sentence}`, () => {
      const decision = settle({ remembered: remembered(), ...change() });
      assert.equal(decision?.kind, 'problem');
      assert.deepEqual(servedPeer(decision), remembered());
    });
  }

  const ends: Record<string, () => Partial<PeerInput>> = {
    'a new pin contradicts what was resolved before': () => ({
      link: aLink('paris', pin(other.authority.ca)),
      remembered: remembered(),
    }),
    'a pin takes back one of the CAs': () => ({
      link: aLink('paris', pin(other.authority.ca)),
      remembered: remembered({ caBundle: other.authority.ca + paris.authority.ca }),
    }),
    'a pin is taken back where nothing can be learned': () => ({
      verified: false,
      remembered: remembered({ pinned: true }),
    }),
  };
  for (const [sentence, change] of Object.entries(ends)) {
    it(`is nobody when ${sentence}`, () => {
      const decision = settle({ published: identity(), ...change() });
      assert.equal(decision?.kind, 'problem');
      assert.equal(servedPeer(decision), undefined);
    });
  }

  it('stays a pinned one while it is not learned anew', () => {
    const before = remembered({ pinned: true });
    assert.deepEqual(servedPeer(settle({ remembered: before })), before);
    assert.deepEqual(servedPeer(settle({ remembered: before, published: identity() })), remembered());
  });

  it('is nobody while no peer was ever resolved', () => {
    assert.equal(servedPeer(settle({ published: identity({ cluster: 'london' }) })), undefined);
    assert.equal(servedPeer(undefined), undefined);
  });
});
