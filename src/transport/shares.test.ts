import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quarantine } from './ports.js';
import { createPortShares, describeFull, type Parties } from './shares.js';

const bounds = { mirror: 2, namespace: 3, link: 4 };
const parties = (mirror: string, namespace = 'default', link = 'paris'): Parties => ({
  ...{ mirror, namespace, link },
});

describe('createPortShares()', () => {
  const cases: Record<string, { holders: Parties[]; asks: Parties; of: string | undefined }> = {
    'has room for who holds less than its bound': {
      holders: [parties('a')],
      asks: parties('a'),
      of: undefined,
    },
    'has none for a mirror at its bound': {
      holders: [parties('a'), parties('a')],
      asks: parties('a'),
      of: 'mirror',
    },
    'has none for another mirror of a namespace at its bound': {
      holders: [parties('a'), parties('a'), parties('b')],
      asks: parties('c'),
      of: 'namespace',
    },
    'has none for another namespace over a Link at its bound': {
      holders: [parties('a'), parties('a'), parties('b', 'x'), parties('b', 'x')],
      asks: parties('c', 'y'),
      of: 'link',
    },
    'has room for another Link': {
      holders: [parties('a'), parties('a'), parties('b', 'x'), parties('b', 'x')],
      asks: parties('c', 'y', 'rome'),
      of: undefined,
    },
  };
  for (const [sentence, { holders, asks, of }] of Object.entries(cases)) {
    it(sentence, () => {
      const shares = createPortShares(bounds);
      for (const holder of holders) shares.hold(holder);
      assert.equal(shares.full(asks, 0)?.of, of);
    });
  }

  it('counts what was freed for as long as it rests, also after it was opened anew', () => {
    const shares = createPortShares(bounds);
    for (let n = 0; n < 2; n += 1) shares.hold(parties('a'));
    for (let n = 0; n < 2; n += 1) shares.free(parties('a'), 1_000);
    shares.reopen();
    assert.deepEqual(shares.full(parties('a'), 1_000 + quarantine - 1), { of: 'mirror', resting: 2 });
    assert.equal(shares.full(parties('a'), 1_000 + quarantine), undefined);
  });
});

describe('describeFull()', () => {
  it('says whose bound it is, what rests, and what to do', () => {
    assert.equal(
      describeFull({ of: 'namespace', resting: 7 }, parties('a')),
      'all mirrors of namespace "default" together may have 2048 egress ports, and have them, of which 7 were freed and rest for 10 minutes; mirror fewer ports, or delete mirrors',
    );
  });
});
