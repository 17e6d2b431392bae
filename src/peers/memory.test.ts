import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { aLink, epoch, spec } from '../../test/gen/gen.js';
import { aCluster, pinOf, type ClusterPki } from '../../test/gen/pki.js';
import type { ResolvedPeer } from '../protocol/identity.js';
import { stillTrusted, type PeerInput } from './memory.js';

const now = new Date(epoch);
let one: ClusterPki;
let two: ClusterPki;
before(async () => {
  [one, two] = await Promise.all([aCluster('paris', { now }), aCluster('paris', { now })]);
});

const remembered = (more: Partial<ResolvedPeer> = {}): ResolvedPeer => ({
  ...{ link: 'paris', cluster: 'paris', caBundle: one.authority.ca, addresses: [] },
  probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
  ...more,
});
const both = () => one.authority.ca + two.authority.ca;
const pin = (caBundle: string, cluster = 'paris') => aLink('paris', spec({ peer: { cluster, caBundle } }));
const fingerprint = ({ authority }: ClusterPki) =>
  aLink('paris', spec({ peer: { cluster: 'paris', fingerprint: pinOf(authority) } }));
const published = { problems: ['uid is missing'] };

describe('stillTrusted()', () => {
  const cases: Record<string, { input: () => Partial<PeerInput>; trusted: boolean }> = {
    'what was learned, whatever is seen now': {
      input: () => ({ remembered: remembered(), published, verified: false }),
      trusted: true,
    },
    'what a pin still says': {
      input: () => ({ remembered: remembered(), link: pin(one.authority.ca) }),
      trusted: true,
    },
    'what a peer has named under the fingerprint that is still pinned': {
      input: () => ({
        remembered: remembered({ fingerprint: pinOf(two.authority) }),
        link: fingerprint(two),
      }),
      trusted: true,
    },
    'a CA with the fingerprint that is pinned now': {
      input: () => ({ remembered: remembered({ caBundle: both() }), link: fingerprint(two) }),
      trusted: true,
    },
    'what a peer has named under another fingerprint': {
      input: () => ({
        remembered: remembered({ fingerprint: pinOf(one.authority) }),
        link: fingerprint(two),
      }),
      trusted: false,
    },
    'a peer of another name under the same fingerprint': {
      input: () => ({ remembered: remembered({ cluster: 'lyon' }), link: fingerprint(one) }),
      trusted: false,
    },
    'what a pin says and more': {
      input: () => ({ remembered: remembered(), link: pin(both()) }),
      trusted: true,
    },
    'a CA that a pin no longer says': {
      input: () => ({ remembered: remembered({ caBundle: both() }), link: pin(two.authority.ca) }),
      trusted: false,
    },
    'a name that a pin no longer says': {
      input: () => ({ remembered: remembered(), link: pin(one.authority.ca, 'lyon') }),
      trusted: false,
    },
    'what was pinned, until its cluster is seen': {
      input: () => ({ remembered: remembered({ pinned: true }), verified: false }),
      trusted: true,
    },
    'what was pinned, where its cluster is seen over a connection that is verified': {
      input: () => ({ remembered: remembered({ pinned: true }), published }),
      trusted: true,
    },
    'what was pinned, where nothing can be learned': {
      input: () => ({ remembered: remembered({ pinned: true }), published, verified: false }),
      trusted: false,
    },
    'anything where nothing is remembered': { input: () => ({}), trusted: false },
  };
  for (const [sentence, { input, trusted }] of Object.entries(cases)) {
    it(`${trusted ? 'keeps' : 'does not keep'} ${sentence}`, () => {
      const given: PeerInput = { link: aLink(), verified: true, ...input() };
      assert.deepEqual(stillTrusted(given, now), trusted ? given.remembered : undefined);
    });
  }
});
