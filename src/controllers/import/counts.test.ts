import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aMirror, importing, ofClusters, ownedBy } from '../../../test/gen/gen.js';
import { importsOf } from './counts.js';

const link = aLink('paris', importing({ automatic: true, selector: { matchLabels: { team: 'a' } } }));
const mirrors = [aMirror('a', ownedBy(link)), aMirror('b', ownedBy(link))];
const federated = [
  aMirror('c-federated', ofClusters('paris')),
  aMirror('d-federated', ofClusters({ name: 'paris', weight: 0 })),
];
const caches = {
  mirrors: { by: (index: string) => (index === 'federated' ? federated : mirrors) },
} as never;
const none = { unmade: { counts: () => ({}) }, deletions: { held: () => undefined } };

describe('importsOf()', () => {
  it('is empty where nothing is imported automatically', () => {
    assert.deepEqual(importsOf(aLink('paris'), { caches, ...none }), {});
  });

  it('counts mirrors, and Services without one by their reasons', () => {
    assert.deepEqual(importsOf(link, { caches, ...none }), {
      counts: { mirrors: 2, missing: 0, held: 0, display: '2/2' },
    });
    const unmade = { counts: () => ({ NamespaceMissing: 3, InvalidName: 1 }) };
    assert.deepEqual(importsOf(link, { caches, ...none, unmade }).counts, {
      ...{ mirrors: 2, missing: 4, held: 0, display: '2/6' },
      reasons: 'InvalidName 1, NamespaceMissing 3',
    });
  });

  it('counts federated mirrors that name the cluster for its member', () => {
    const alone = aLink('paris', importing({ federated: {} }));
    assert.equal(importsOf(alone, { caches, ...none }).counts?.display, '1/1');
    const both = aLink('paris', importing({ ...link.spec.imports, federated: {} }));
    assert.equal(importsOf(both, { caches, ...none }).counts?.display, '3/3');
    const held = { count: 12, total: 20, until: '', permit: '' };
    const said = (of: typeof link) =>
      importsOf(of, { caches, ...none, deletions: { held: () => held } }).held;
    assert.match(said(alone) ?? '', /^12 of 20 federated mirrors are kept/);
    assert.match(said(both) ?? '', /^12 of 20 automatic and federated mirrors are kept/);
  });

  it('says what is held, until when, and the command that lets it go', () => {
    const held = { count: 12, total: 20, until: '2026-01-01T00:10:00Z', permit: '2026-01-01T01:00:00Z' };
    const said = importsOf(link, { caches, ...none, deletions: { held: () => held } });
    assert.equal(said.counts?.held, 12);
    assert.equal(
      said.held,
      '12 of 20 automatic mirrors are kept until 2026-01-01T00:10:00Z, although their Services are gone from the remote cluster; if that is right, let them go now: kubectl annotate links.linkerd.io paris --overwrite linkerd.io/allow-deletions-until=2026-01-01T01:00:00Z',
    );
  });
});
