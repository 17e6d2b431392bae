import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { aHead, catalogFeed, listed, type CatalogFeed } from '../../../test/gen/catalogfeed.js';
import { fakeClock, type FakeClock } from '../../../test/gen/clock.js';
import { aCluster } from '../../../test/gen/pki.js';
import { fingerprints } from '../../pki/bundle.js';
import { ProbeTimeoutError, WrongAnswerError } from '../../net/probe/failure.js';
import type { CatalogLine } from '../../protocol/catalog.js';
import { silent } from '../../runtime/log.js';
import type { CatalogPeer } from './catalogdialer.js';
import { createCatalogRemote, type CatalogRemote } from './catalogremote.js';
import type { CatalogScope } from './catalogcache.js';
import { contactProblem } from './contact.js';

let clock: FakeClock;
let feed: CatalogFeed;
let told: string[];
let peer: CatalogPeer;
let stop: AbortController;
let over: Promise<void>;

beforeEach(() => {
  clock = fakeClock();
  feed = catalogFeed();
  told = [];
  peer = {
    ...{ cluster: 'paris', caBundle: 'pem', timeout: 2_000 },
    addresses: [{ host: '192.0.2.7', port: 4143 }],
  };
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await clock.advance(0);
  await over;
  assert.equal(clock.timers, 0, 'timers are left');
});

async function reading(scope: Partial<CatalogScope> = {}): Promise<CatalogRemote> {
  const remote = createCatalogRemote({
    ...{ link: 'paris', peer: () => peer, scope: { namespaces: [], ...scope }, clock, log: silent },
    identity: () => ({ cert: 'cert', key: 'key', ca: 'ca' }),
    resolver: { resolve: (host) => Promise.resolve([host]) },
    random: () => 0,
    open: feed.open,
    onChange: (change) => told.push(change.kind === 'service' ? `${change.part} ${change.key}` : change.kind),
  });
  over = remote.run(stop.signal);
  await clock.advance(0);
  return remote;
}

const service = (...args: Parameters<typeof listed>): CatalogLine => {
  return { kind: 'service', service: listed(...args) };
};
const at = (version: number): CatalogLine => ({ kind: 'at', version });
const gone = (key: string): CatalogLine => ({ kind: 'gone', key });

async function send(...lines: readonly CatalogLine[]): Promise<void> {
  feed.streams.at(-1)?.send(...lines);
  await clock.advance(0);
}

const namesOf = (remote: CatalogRemote) => remote.services().toSorted();
const isThere = (remote: CatalogRemote, name: string) => remote.view('shop', name).service !== undefined;

test('createCatalogRemote() is synced when all was told, and not before', async () => {
  const remote = await reading();
  await send(service('web'), service('db'));
  assert.deepEqual([remote.synced, remote.view('shop', 'web').synced, namesOf(remote)], [false, false, []]);
  await send(at(7));
  assert.deepEqual([remote.synced, namesOf(remote)], [true, ['shop/db', 'shop/web']]);
  assert.deepEqual(told, ['state'], 'one word for all of it');
  assert.equal(remote.uid, 'uid-paris');
  const { service: seen, slices, failingSince } = remote.view('shop', 'web');
  assert.deepEqual([seen?.metadata.name, slices.length, failingSince], ['web', 2, undefined]);
});

test('createCatalogRemote() tells of the services that change', async () => {
  const remote = await reading();
  await send(service('web'), service('db'), at(1));
  told = [];
  await send(service('web', { labels: { a: 'b' } }), gone('shop/db'));
  assert.deepEqual(told, [], 'a version that is not complete');
  await send(at(2));
  assert.deepEqual(told, ['service shop/web', 'service shop/db', 'endpoints shop/db', 'endpoints shop/db']);
  assert.deepEqual(namesOf(remote), ['shop/web']);
});

test('createCatalogRemote() goes on where a stream has ended, before anybody is told', async () => {
  const remote = await reading();
  await send(service('web'), at(4));
  told = [];
  feed.answer(() => aHead({ whole: false }));
  feed.streams[0]?.end();
  await clock.advance(1_000);
  assert.deepEqual(feed.streams[1]?.question.since, { epoch: 'one', version: 4 });
  await send(service('db'), at(5));
  assert.deepEqual([namesOf(remote), remote.problem], [['shop/db', 'shop/web'], undefined]);
  assert.deepEqual(told, ['service shop/db', 'endpoints shop/db', 'endpoints shop/db']);
});

test('createCatalogRemote() compares a catalog of another epoch with what it has', async () => {
  const remote = await reading();
  await send(service('web'), service('db'), at(4));
  told = [];
  feed.answer(() => aHead({ epoch: 'two' }));
  feed.streams[0]?.end();
  await clock.advance(1_000);
  assert.deepEqual(namesOf(remote), ['shop/db', 'shop/web'], 'what was known stays until all was told');
  await send(service('web'), at(1));
  assert.deepEqual(told, ['service shop/db', 'endpoints shop/db', 'endpoints shop/db']);
  assert.deepEqual(namesOf(remote), ['shop/web']);
});

test('createCatalogRemote() keeps all while the peer is gone, and says since when', async () => {
  const remote = await reading();
  await send(service('web'), at(4));
  await clock.advance(5_000);
  await send(at(4));
  told = [];
  feed.answer(() => Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
  feed.streams[0]?.end(new ProbeTimeoutError('has been silent for 15 s'));
  await clock.advance(60_000);
  assert.deepEqual(told, ['state'], 'not again and again');
  assert.equal(remote.view('shop', 'web').failingSince, 5_000, 'since the last sign of life');
  assert.ok(remote.synced && isThere(remote, 'web'));
  assert.deepEqual(contactProblem(remote.problem?.error), {
    reason: 'Unreachable',
    message: '192.0.2.7:4143 refused the connection: no gateway listens there',
  });
  feed.answer(() => aHead({ whole: false }));
  await clock.advance(15_000);
  assert.notEqual(remote.problem, undefined, 'a head alone is no contact');
  await send(at(4));
  assert.equal(remote.problem, undefined);
  assert.deepEqual(told, ['state', 'state']);
});

test('createCatalogRemote() asks more and more rarely', async () => {
  feed.answer(() => new Error('no'));
  let asked = 0;
  const { open } = feed;
  feed = { ...feed, open: (...args) => (asked++, open(...args)) };
  await reading();
  await clock.advance(60_000);
  assert.ok(asked >= 6 && asked <= 12, `asked ${asked} times`);
});

const nonsense: Record<string, [ReturnType<typeof aHead>, readonly CatalogLine[], RegExp]> = {
  'another cluster': [aHead({ cluster: 'rome' }), [], /is of cluster "rome", and not of "paris"/],
  'a cluster without a proper UID': [aHead({ uid: 'u'.repeat(200) }), [], /UID/],
  'another UID than before': [aHead({ uid: 'other' }), [], /this is cluster other/],
  'two heads': [aHead(), [aHead()], /begins twice/],
  'a version from before': [aHead({ whole: false }), [at(3)], /older version/],
};
for (const [name, [head, lines, message]] of Object.entries(nonsense))
  test(`createCatalogRemote() takes nothing from a peer that tells of ${name}`, async () => {
    const remote = await reading();
    await send(service('web'), at(4));
    feed.answer(() => head);
    feed.streams[0]?.end();
    await clock.advance(1_000);
    await send(gone('shop/web'), ...lines);
    assert.ok(isThere(remote, 'web') && remote.synced);
    assert.match(contactProblem(remote.problem?.error).message, message);
    assert.ok(feed.streams[1]?.isClosed);
  });

test('createCatalogRemote() takes nothing of a version with a line that is wrong', async () => {
  const remote = await reading();
  await send(service('web'), at(4), service('db'));
  feed.answer(() => aHead({ whole: false }));
  feed.streams[0]?.end(new WrongAnswerError('the catalog has a line that is not JSON'));
  await clock.advance(1_000);
  assert.match(contactProblem(remote.problem?.error).message, /not JSON/);
  await send(at(4));
  assert.deepEqual([remote.problem, namesOf(remote)], [undefined, ['shop/web']]);
});

test('createCatalogRemote() reads no other cluster than the pinned one', async () => {
  const remote = await reading({ pinnedUid: 'uid-rome' });
  await send(service('web'), at(4));
  assert.equal(contactProblem(remote.problem?.error).reason, 'ClusterChanged');
  assert.equal(remote.synced, false);
});

test('createCatalogRemote() gives up a catalog that is never told as a whole', async () => {
  const remote = await reading();
  for (let passed = 0; passed <= 130_000; passed += 10_000) {
    await clock.advance(10_000);
    await send(service('web'));
  }
  assert.match(contactProblem(remote.problem?.error).message, /not told within 120 s/);
});

test('createCatalogRemote() begins a stream anew within the hour', async () => {
  await reading();
  feed.answer(() => aHead({ whole: false }));
  await send(at(1));
  await clock.advance(3_600_000);
  await clock.advance(1_000);
  assert.deepEqual([feed.streams.length, feed.streams[0]?.isClosed], [2, true]);
});

test('createCatalogRemote() connects anew when it is told of other facts, and keeps what it has', async () => {
  const remote = await reading();
  await send(service('web'), at(4));
  told = [];
  feed.answer(() => aHead({ whole: false }));
  peer = { ...peer, addresses: [{ host: '192.0.2.8', port: 4143 }] };
  remote.renew();
  await clock.advance(1_000);
  await send(at(4));
  assert.deepEqual([feed.streams[0]?.isClosed, feed.streams[1]?.question.ip], [true, '192.0.2.8']);
  assert.ok(isThere(remote, 'web'));
  assert.deepEqual([told, remote.problem], [[], undefined]);
});

test('createCatalogRemote() passes on which CAs a peer names that goes by a fingerprint', async () => {
  const [first, next] = (await Promise.all([aCluster('paris'), aCluster('paris')])).map(
    ({ authority }) => authority.ca,
  );
  peer = { ...peer, fingerprint: 'sha256:any' };
  feed.answer(() => aHead({ caBundle: first! }));
  const remote = await reading();
  assert.deepEqual(told, ['identity']);
  const proven = { cluster: 'paris', uid: 'uid-paris' };
  const seen = () => remote.identity().proven;
  assert.deepEqual(fingerprints(seen()?.caBundle ?? '', new Date()), fingerprints(first!, new Date()));
  assert.deepEqual({ cluster: seen()?.cluster, uid: seen()?.uid }, proven);
  await send(at(1));
  told = [];
  feed.answer(() => aHead({ caBundle: first! + next!, whole: false }));
  feed.streams[0]?.end();
  await clock.advance(1_000);
  assert.equal(fingerprints(seen()?.caBundle ?? '', new Date()).length, 2, 'the next one, too');
  assert.deepEqual(told, ['identity']);
});

test('createCatalogRemote() reads nothing of a peer that goes by a fingerprint and names no CA', async () => {
  peer = { ...peer, fingerprint: 'sha256:any' };
  feed.answer(() => aHead({ caBundle: 'nonsense' }));
  const remote = await reading();
  assert.match(contactProblem(remote.problem?.error).message, /CAs that cannot be used/);
  assert.equal(remote.identity().proven, undefined);
});
