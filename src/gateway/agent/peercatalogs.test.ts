import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogLog } from '../../protocol/cataloglog.js';
import type { ResolvedPeer } from '../../protocol/identity.js';
import { silent } from '../../runtime/log.js';
import { createPeerCatalogs } from './peercatalogs.js';

const head = { cluster: 'paris', uid: 'u', caBundle: 'ours' };
const peer = (link: string, more: Partial<ResolvedPeer> = {}): ResolvedPeer => ({
  ...{ link, cluster: link, caBundle: `ca of ${link}`, addresses: [], linkUid: '1' },
  probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
  ...more,
});
const lines = (...links: string[]) => new Map(links.map((link) => [link, `for ${link}\n`]));
const textOf = (log: CatalogLog | undefined) => log?.read(0, { most: 1 << 20, whole: log.version }).lines;

/** Catalogs of `london` and `berlin`, both begun. */
function both(most?: number) {
  const catalogs = createPeerCatalogs(silent, most);
  catalogs.setPeers(head, [peer('london'), peer('berlin')]);
  for (const link of ['london', 'berlin']) assert.ok(catalogs.open(link));
  return catalogs;
}

/** How often streams of that catalog were told to end. */
function endsOf(log: CatalogLog | undefined) {
  let count = 0;
  log?.listen({ changed: () => {}, ended: () => count++ });
  return () => count;
}

describe('createPeerCatalogs()', () => {
  it('begins the catalog of a peer once, and of nobody else', () => {
    const catalogs = both();
    assert.equal(catalogs.open('london'), false);
    assert.equal(catalogs.open('madrid'), false);
    assert.equal(catalogs.size, 2);
  });

  it('shows no catalog before it is filled', () => {
    const catalogs = both();
    assert.equal(catalogs.of('london'), undefined);
    catalogs.fill();
    assert.equal(textOf(catalogs.of('london')), '');
  });

  it('tells each peer its own', () => {
    const catalogs = both();
    catalogs.fill();
    catalogs.write([
      ['default/a', lines('london', 'berlin'), ''],
      ['default/b', lines('berlin'), ''],
    ]);
    assert.equal(textOf(catalogs.of('london')), 'for london\n');
    assert.equal(textOf(catalogs.of('berlin')), 'for berlin\nfor berlin\n');
    assert.ok(catalogs.has('default/b'));
    catalogs.write([['default/b', lines(), '']]);
    assert.equal(textOf(catalogs.of('berlin')), 'for berlin\n');
    assert.ok(!catalogs.has('default/b'));
  });

  const changes: Record<string, [peer: ResolvedPeer[], ends: boolean, stays: boolean]> = {
    'other addresses': [[peer('london', { addresses: [{ host: 'x', port: 1 }] })], false, true],
    'another CA': [[peer('london', { caBundle: 'other' })], true, true],
    'another cluster': [[peer('london', { cluster: 'rome' })], true, false],
    'another Link of that name': [[peer('london', { linkUid: '2' })], true, false],
    'no peer': [[], true, false],
  };
  for (const [what, [peers, ends, stays]] of Object.entries(changes))
    it(`${ends ? 'ends' : 'keeps'} the streams of a Link with ${what}, and ${stays ? 'keeps' : 'forgets'} its catalog`, () => {
      const catalogs = both();
      catalogs.fill();
      const [ofLondon, ofBerlin] = [endsOf(catalogs.of('london')), endsOf(catalogs.of('berlin'))];
      catalogs.setPeers({ ...head }, [...peers, peer('berlin')]);
      assert.deepEqual([ofLondon() > 0, ofBerlin(), catalogs.of('london') !== undefined], [ends, 0, stays]);
    });

  it('ends all streams when we say something else of ourselves', () => {
    const catalogs = both();
    catalogs.fill();
    const ends = endsOf(catalogs.of('berlin'));
    catalogs.setPeers({ ...head, caBundle: 'next' }, [peer('london'), peer('berlin')]);
    assert.deepEqual([ends(), catalogs.of('berlin')?.head.caBundle], [1, 'next']);
  });

  it('tells of the oldest services, in the order of their names, where there are too many', () => {
    const catalogs = both(2);
    catalogs.fill();
    const named = (name: string, there = true) =>
      catalogs.write([[name, new Map(there ? [['london', `${name}\n`]] : []), '']]);
    for (const name of ['c', 'd', 'a', 'b']) named(name);
    const told = () => textOf(catalogs.of('london'))?.split('\n').filter(Boolean).toSorted().join();
    assert.equal(told(), 'a,b');
    named('a', false);
    assert.equal(told(), 'b,c');
    named('b', false);
    assert.equal(told(), 'c,d');
    named('e');
    named('c', false);
    assert.equal(told(), 'd,e');
  });
});
