import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, epoch, metadata, spec } from '../../test/gen/gen.js';
import { aLongRoot } from '../../test/gen/pki.js';
import { encodePeer, type ResolvedPeer } from '../protocol/identity.js';
import type { PeerInput } from './memory.js';
import { servedPeer, decidePeers } from './decide.js';
import { createRoom, peersLimit } from './room.js';

const probe = { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 };
const sized = (link: string, length: number): ResolvedPeer => ({
  ...{ link, cluster: link, addresses: [], probe },
  caBundle: 'x'.repeat(length),
});
/** Bytes of an entry without its bundle. */
const rest = encodePeer(sized('a', 0)).length + 1;

describe('createRoom()', () => {
  it('has room up to the last byte, and says by how much more it is exceeded', () => {
    assert.equal(createRoom([]).take(sized('a', peersLimit - rest)), undefined);
    const problem = createRoom([]).take(sized('a', peersLimit - rest + 1));
    assert.match(problem ?? '', new RegExp(`entry takes ${peersLimit + 1} bytes.*may take ${peersLimit};`));
  });

  it('counts bytes, not characters', () => {
    const peer = { ...sized('a', peersLimit - rest - 1), cluster: 'é' };
    assert.equal(createRoom([]).take(peer), undefined);
    assert.notEqual(createRoom([]).take({ ...peer, cluster: 'éé' }), undefined);
  });

  it('counts who stands there, and frees the room of what took less', () => {
    const room = createRoom([sized('a', peersLimit - 2 * rest)]);
    assert.equal(room.take(sized('b', 0)), undefined);
    assert.match(room.take(sized('c', 0)) ?? '', /those of other Links \d+/);
    assert.equal(room.take(sized('a', 0)), undefined);
    assert.equal(room.take(sized('c', 0)), undefined);
  });

  it('takes nothing for who has no room', () => {
    const room = createRoom([]);
    assert.notEqual(room.take(sized('a', peersLimit)), undefined);
    assert.equal(room.take(sized('b', peersLimit - rest)), undefined);
  });

  it('lets who stands there stay, and shrink, though the limit is passed', () => {
    const room = createRoom([sized('a', peersLimit), sized('b', 100)]);
    assert.equal(room.take(sized('b', 100)), undefined);
    assert.equal(room.take(sized('b', 50)), undefined);
    assert.notEqual(room.take(sized('b', 51)), undefined);
  });

  it('leaves the API server a margin below 1 MiB', () => assert.ok(peersLimit < 1024 ** 2 - 32 * 1024));
});

describe('settlePeers() beside the room that there is', async () => {
  const now = new Date(epoch);
  const self = { cluster: 'london', uid: 'uid-london' };
  const many = Array.from({ length: 17 }, (_, n) => `p-${String(n).padStart(2, '0')}`);
  const longest = await Promise.all(many.map((name) => aLongRoot(now, `CN=${name}`, 65_536)));
  const short = await aLongRoot(now, 'CN=p-03', 1_500);
  const more = await aLongRoot(now, 'CN=p-03 more', 64_000);
  /** The n-th Link, the older the smaller the number. */
  const pinned = (n: number, caBundle = longest[n]!): PeerInput => {
    const name = many[n]!;
    const peer = { cluster: name, caBundle };
    const creationTimestamp = new Date(epoch + n * 1_000).toISOString();
    return { link: aLink(name, spec({ peer }), metadata({ creationTimestamp })), verified: true };
  };
  const settle = (inputs: readonly PeerInput[]) => decidePeers(inputs, self, now);
  /** What an operator finds after a restart: the peers that were served are remembered. */
  const restarted = (inputs: readonly PeerInput[], before: ReturnType<typeof settle>) =>
    inputs.map((input) => {
      const remembered = servedPeer(before.get(input.link.metadata.name));
      return remembered === undefined ? input : { ...input, remembered };
    });
  const written = (decisions: ReturnType<typeof settle>) =>
    [...decisions.values()].flatMap((decision) => servedPeer(decision) ?? []);
  const refused = (decisions: ReturnType<typeof settle>) =>
    [...decisions].flatMap(([link, decision]) =>
      decision.kind === 'problem' ? [[link, decision.reason]] : [],
    );

  it('refuses the youngest that find no room, and says what to do', () => {
    const decisions = settle(many.map((_, n) => pinned(n)));
    assert.deepEqual(
      refused(decisions),
      ['p-14', 'p-15', 'p-16'].map((link) => [link, 'PeersExhausted']),
    );
    const decision = decisions.get('p-14');
    assert.match(
      decision?.kind === 'problem' ? decision.message : '',
      /65\d{3} of them its CA bundle.*take CAs that are not needed/,
    );
    const bytes = written(decisions).reduce((sum, peer) => sum + encodePeer(peer).length, 0);
    assert.ok(bytes <= peersLimit && bytes > peersLimit - 70_000, `${bytes} bytes`);
  });

  it('lets who is in stay when an older Link comes, and lets that in when another goes', () => {
    const late = many.slice(1).map((_, n) => pinned(n + 1));
    const before = settle(late);
    const all = [pinned(0), ...restarted(late, before)];
    assert.deepEqual(
      refused(settle(all)).map(([link]) => link),
      ['p-00', 'p-15', 'p-16'],
    );
    assert.deepEqual(
      refused(settle(all.filter(({ link }) => link.metadata.name !== 'p-07'))).map(([link]) => link),
      ['p-15', 'p-16'],
    );
  });

  it('serves on, as it was, a peer whose bundle grows beyond the room', () => {
    const before = many.slice(0, 15).map((_, n) => pinned(n, n === 3 ? short : longest[n]));
    const grown = restarted(before, settle(before)).map((input, n) =>
      n === 3 ? { ...pinned(n, short + more), remembered: input.remembered! } : input,
    );
    const decisions = settle(grown);
    assert.deepEqual(refused(decisions), [['p-03', 'PeersExhausted']]);
    assert.equal(servedPeer(decisions.get('p-03'))?.caBundle, short);
  });
});
