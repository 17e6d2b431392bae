import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { epoch } from '../../test/gen/gen.js';
import { aCluster, pinOf, type ClusterPki } from '../../test/gen/pki.js';
import { fingerprints } from '../pki/bundle.js';
import { contradiction, type Sayings } from './contradiction.js';

const now = new Date(epoch);
let paris: ClusterPki;
let other: ClusterPki;
before(async () => {
  [paris, other] = await Promise.all([aCluster('paris-1', { now }), aCluster('other', { now })]);
});

const says = (caBundle: string, cluster = 'paris-1') => ({ cluster, caBundle });
const publishes = (caBundle: string, cluster?: string) => ({
  ...{ ...says(caBundle, cluster), uid: 'uid-paris', addresses: [] },
});
const hasKeyOf = ({ authority }: ClusterPki) => ({ cluster: 'paris-1', fingerprint: pinOf(authority) });
const known = (cluster: string) => ({
  ...says(paris.authority.ca, cluster),
  ...{ link: 'paris', addresses: [] },
  probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
});

const cases: Record<string, { sayings: () => Partial<Sayings>; is: RegExp | undefined }> = {
  'nothing is said': { sayings: () => ({}), is: undefined },
  'the cluster is published for the first time': {
    sayings: () => ({ published: publishes(paris.authority.ca) }),
    is: undefined,
  },
  'other CAs are published than before': {
    sayings: () => ({ published: publishes(other.authority.ca), remembered: known('paris-1') }),
    is: undefined,
  },
  'another name is published than before': {
    sayings: () => ({ published: publishes(paris.authority.ca), remembered: known('lyon') }),
    is: /"lyon", and now "paris-1"/,
  },
  'another name is pinned than before': {
    sayings: () => ({ pinned: says(paris.authority.ca), remembered: known('lyon') }),
    is: undefined,
  },
  'another name is published than pinned': {
    sayings: () => ({
      pinned: says(paris.authority.ca, 'lyon'),
      published: publishes(paris.authority.ca),
    }),
    is: /"lyon".*"paris-1"/,
  },
  'one of the published CAs is pinned': {
    sayings: () => ({
      pinned: says(paris.authority.ca),
      published: publishes(other.authority.ca + paris.authority.ca),
    }),
    is: undefined,
  },
  'none of the published CAs is pinned': {
    sayings: () => ({ pinned: says(paris.authority.ca), published: publishes(other.authority.ca) }),
    is: /spec\.peer\.caBundle/,
  },
  'a CA with the pinned fingerprint is published': {
    sayings: () => ({
      pinned: hasKeyOf(paris),
      published: publishes(other.authority.ca + paris.authority.ca),
    }),
    is: undefined,
  },
  'no CA with the pinned fingerprint is published': {
    sayings: () => ({ pinned: hasKeyOf(paris), published: publishes(other.authority.ca) }),
    is: /spec\.peer\.fingerprint/,
  },
  'a CA is published that the peer named before, under that fingerprint': {
    sayings: () => ({
      pinned: hasKeyOf(paris),
      published: publishes(other.authority.ca),
      kept: { ...known('paris-1'), caBundle: paris.authority.ca + other.authority.ca },
    }),
    is: undefined,
  },
};

describe('contradiction()', () => {
  for (const [sentence, { sayings, is }] of Object.entries(cases)) {
    it(`is ${is === undefined ? 'none' : 'told'} when ${sentence}`, () => {
      const told = contradiction(
        { pinned: undefined, published: undefined, remembered: undefined, kept: undefined, ...sayings() },
        now,
      );
      if (is === undefined) assert.equal(told, undefined);
      else assert.match(told ?? '', is);
    });
  }
});

describe('fingerprints()', () => {
  it('has one for each CA, in hex', () => {
    const found = fingerprints(paris.authority.ca + other.authority.ca, now);
    assert.equal(found.length, 2);
    for (const fingerprint of found) assert.match(fingerprint, /^[0-9a-f]{64}$/);
  });

  it('has none for what cannot be read', () => assert.deepEqual(fingerprints('nonsense', now), []));
});
