import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aConfigMap } from '../../../test/gen/gen.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { ownNames } from '../../api/names.js';
import { encodePeer } from '../../protocol/identity.js';
import type { Peer } from '../../protocol/peer.js';
import { createPeerReader, ofPresentLinks } from './peers.js';

const clock = fakeClock();
let paris: ClusterPki;
before(async () => {
  paris = await aCluster('paris', { now: new Date(clock.now()) });
});

function aPeer(link: string, fields: Partial<Peer> = {}): Peer {
  return {
    ...{
      link,
      cluster: link,
      caBundle: paris.authority.ca,
      addresses: [{ host: '203.0.113.7', port: 4143 }],
    },
    probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
    ...fields,
  };
}
const mapOf = (...peers: Peer[]) =>
  aConfigMap(ownNames.peers, Object.fromEntries(peers.map((peer) => [peer.link, encodePeer(peer)])));

test('read() gives the peers that the operator has written', () => {
  const reader = createPeerReader(clock);
  assert.deepEqual(reader.read(mapOf(aPeer('paris'), aPeer('rome'))), [aPeer('paris'), aPeer('rome')]);
  assert.deepEqual(reader.problems(), []);
});

test('read() knows nothing before it has seen the ConfigMap, and says what it waits for', () => {
  const reader = createPeerReader(clock);
  assert.equal(reader.read(undefined), undefined);
  assert.match(reader.problems().join(), /service-mirror-peers is missing/);
});

test('read() keeps the peers when the ConfigMap goes missing, and gives them up when it is empty', () => {
  const reader = createPeerReader(clock);
  reader.read(mapOf(aPeer('paris')));
  assert.deepEqual(reader.read(undefined), [aPeer('paris')]);
  assert.match(reader.problems().join(), /missing/);
  assert.deepEqual(reader.read(mapOf()), []);
  assert.deepEqual(reader.problems(), []);
});

test('read() keeps a peer whose new entry is broken, names what is wrong, and takes the other entries', () => {
  const reader = createPeerReader(clock);
  reader.read(mapOf(aPeer('paris'), aPeer('rome')));
  const moved = aPeer('rome', { addresses: [] });
  const broken = aConfigMap(ownNames.peers, { paris: '{"cluster":"paris"}', rome: encodePeer(moved) });
  assert.deepEqual(reader.read(broken), [aPeer('paris'), moved]);
  assert.match(reader.problems().join(), /peer paris: .*caBundle/);
});

test('read() does not take a peer that was never good', () => {
  const reader = createPeerReader(clock);
  assert.deepEqual(reader.read(aConfigMap(ownNames.peers, { paris: 'odd' })), []);
  assert.equal(reader.problems().length, 1);
});

test('read() gives the same object for an entry that has not changed, so that nobody looks inside', () => {
  const reader = createPeerReader(clock);
  const [before] = reader.read(mapOf(aPeer('paris'))) ?? [];
  const after = reader.read(mapOf(aPeer('paris'), aPeer('rome'))) ?? [];
  assert.equal(after[0], before);
});

test('ofPresentLinks() leaves out a peer that was resolved for an earlier Link of the same name', () => {
  const uids = new Map([
    ['paris', 'uid-1'],
    ['rome', 'uid-2'],
  ]);
  const found = ofPresentLinks(
    [
      { ...aPeer('paris'), linkUid: 'uid-1' },
      { ...aPeer('rome'), linkUid: 'uid-of-before' },
      { ...aPeer('lyon'), linkUid: 'uid-3' },
      aPeer('oslo'),
    ],
    (link) => uids.get(link),
  );
  assert.deepEqual(
    found.map(({ link }) => link),
    ['paris', 'lyon', 'oslo'],
  );
});
