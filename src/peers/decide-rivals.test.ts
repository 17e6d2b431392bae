import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { aLink, metadata } from '../../test/gen/gen.js';
import { identity, now, other, paris, pin, remembered, self } from '../../test/gen/peering.js';
import { aCluster, aCopy, aNamesake, type ClusterPki } from '../../test/gen/pki.js';
import type { Link } from '../api/link.js';
import type { PeerInput } from './memory.js';
import { servedPeer, decidePeers } from './decide.js';

describe('settlePeers() over several Links', () => {
  const linked = (name: string, created: string): Link =>
    aLink(name, metadata({ creationTimestamp: created }));
  const younger = () => ({
    link: linked('a', '2026-01-02T00:00:00Z'),
    verified: true,
    published: identity(),
  });
  const older = () => ({ link: linked('b', '2026-01-01T00:00:00Z'), verified: true, published: identity() });
  const shown = (inputs: PeerInput[]) =>
    [...decidePeers(inputs, self, now)]
      .map(([link, decision]) => `${link} ${decision.kind === 'peer' ? 'peer' : decision.reason}`)
      .toSorted();

  it('lets the oldest stand for a peer, and names it to the others', () => {
    assert.deepEqual(shown([younger(), older()]), ['a PeerConflict', 'b peer']);
    const decision = decidePeers([younger(), older()], self, now).get('a');
    assert.match(decision?.kind === 'problem' ? decision.message : '', /Link "b".*"paris-1"/);
  });

  it('says the same whatever the order', () => {
    assert.deepEqual(shown([older(), younger()]), shown([younger(), older()]));
  });

  it('goes by name among those of one second', () => {
    const at = (name: string) => ({ ...older(), link: linked(name, '2026-01-01T00:00:00Z') });
    assert.deepEqual(shown([at('b'), at('a')]), ['a peer', 'b PeerConflict']);
  });

  it('lets a Link that is no peer itself stand in nobody’s way', () => {
    const insecure = { ...older(), verified: false };
    assert.deepEqual(shown([younger(), insecure]), ['a peer', 'b InsecurePeer']);
  });

  it('lets who stands for a peer already keep it, whatever an older one comes to claim', () => {
    const incumbent = { ...younger(), remembered: { ...remembered(), link: 'a' } };
    assert.deepEqual(shown([older(), incumbent]), ['a peer', 'b PeerConflict']);
    const lyon = { ...remembered(), link: 'b', cluster: 'lyon' };
    assert.deepEqual(shown([{ ...older(), remembered: lyon }, younger()]), ['a peer', 'b PeerMismatch']);
  });

  it('gives nobody a peer that is kept, though its Link says what is wrong', () => {
    const contradicted = {
      ...older(),
      link: aLink('b', metadata({ creationTimestamp: '2026-01-01T00:00:00Z' }), pin(paris.authority.ca)),
      published: identity({ caBundle: other.authority.ca }),
      remembered: { ...remembered(), link: 'b' },
    };
    assert.deepEqual(shown([younger(), contradicted]), ['a PeerConflict', 'b PeerMismatch']);
  });

  it('lets nobody have a CA that could be taken for one of an older peer', async () => {
    const { cert } = await aNamesake(paris.authority, now, { keyId: true });
    const published = identity({ cluster: 'lyon', uid: 'uid-lyon', caBundle: cert });
    assert.deepEqual(shown([{ ...younger(), published }, older()]), ['a PeerConflict', 'b peer']);
    const decision = decidePeers([{ ...younger(), published }, older()], self, now).get('a');
    assert.match(decision?.kind === 'problem' ? decision.message : '', /CA CN=paris-1-.*Link "b"/);
  });

  it('keeps different peers apart', () => {
    const lyon = { ...younger(), published: identity({ cluster: 'lyon', uid: 'uid-lyon' }) };
    assert.deepEqual(shown([lyon, older()]), ['a peer', 'b peer']);
  });

  describe('with one that publishes a CA which could be taken for that of another', () => {
    let copy: string;
    let keyCopy: string;
    let third: ClusterPki;
    before(async () => {
      copy = (await aNamesake(paris.authority, now)).cert;
      keyCopy = (await aCopy(paris.authority, now)).cert;
      third = await aCluster('paris-1', { now });
    });
    const added = () => third.authority.ca;
    const rogue = (caBundle: string, more: Partial<PeerInput> = {}): PeerInput => ({
      ...older(),
      published: identity({ cluster: 'rogue', uid: 'uid-rogue', caBundle }),
      remembered: remembered({ link: 'b', cluster: 'rogue', caBundle: other.authority.ca }),
      ...more,
    });
    const rightful = (more: Partial<PeerInput> = {}): PeerInput => ({
      ...younger(),
      remembered: remembered({ link: 'a' }),
      ...more,
    });
    const cases: Record<string, { inputs: () => PeerInput[]; are: string[]; served: () => string[] }> = {
      'keeps the younger one as it is, and the older one as it was': {
        inputs: () => [rogue(other.authority.ca + copy), rightful()],
        are: ['a peer', 'b PeerConflict'],
        served: () => [paris.authority.ca, other.authority.ca],
      },
      'keeps the younger one though it adds a CA at the same time': {
        inputs: () => [
          rogue(other.authority.ca + copy),
          rightful({ published: identity({ caBundle: added() + paris.authority.ca }) }),
        ],
        are: ['a peer', 'b PeerConflict'],
        served: () => [added() + paris.authority.ca, other.authority.ca],
      },
      'lets the rightful one add a CA of which the other has a copy already, and serves the other no more': {
        inputs: () => [
          rogue(copy, { remembered: remembered({ link: 'b', cluster: 'rogue', caBundle: copy }) }),
          rightful({ remembered: remembered({ link: 'a', caBundle: added() }) }),
        ],
        are: ['a peer', 'b PeerConflict'],
        served: () => [paris.authority.ca],
      },
      'gives the name to who proves the key, though the other came first, with a copy': {
        inputs: () => [
          rogue(keyCopy, { remembered: remembered({ link: 'b', cluster: 'rogue', caBundle: keyCopy }) }),
          { ...younger() },
        ],
        are: ['a peer', 'b PeerConflict'],
        served: () => [paris.authority.ca],
      },
      'keeps a newcomer out that has a copy with the key of one who is there': {
        inputs: () => {
          const { remembered: _, ...newcomer } = rogue(other.authority.ca + keyCopy);
          return [newcomer, rightful()];
        },
        are: ['a peer', 'b PeerConflict'],
        served: () => [paris.authority.ca],
      },
      'does not serve the newcomer': {
        inputs: () => {
          const { remembered: _, ...newcomer } = rogue(other.authority.ca + copy);
          return [newcomer, rightful()];
        },
        are: ['a peer', 'b PeerConflict'],
        served: () => [paris.authority.ca],
      },
      'serves the rightful one, should both be remembered': {
        inputs: () => [
          rogue(copy, { remembered: remembered({ link: 'b', cluster: 'rogue', caBundle: copy }) }),
          rightful(),
        ],
        are: ['a peer', 'b PeerConflict'],
        served: () => [paris.authority.ca],
      },
    };
    for (const [sentence, { inputs, are, served }] of Object.entries(cases)) {
      it(sentence, () => {
        assert.deepEqual(shown(inputs()), are);
        const bundles = [...decidePeers(inputs(), self, now).entries()]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .flatMap(([, decision]) => servedPeer(decision)?.caBundle ?? []);
        assert.deepEqual(bundles, served());
      });
    }
  });
});
