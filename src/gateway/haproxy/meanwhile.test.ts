import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartKind } from '../outcome.js';
import { meanwhileOf, waitingParts, waitsFor } from './meanwhile.js';
import { PauseError } from './pauses.js';
import type { PeerBackend } from './render/egress.js';

const endpoint = (last: number, good = true) => ({ ip: `192.0.2.${last}`, port: 4143, good });
const aCallee = (link: string, changes: Partial<PeerBackend> = {}): PeerBackend => ({
  ...{ link, cluster: 'paris', caBundle: 'PARIS', endpoints: [endpoint(1)], slots: 1 },
  ...changes,
});

test('a peer that comes waits, and what changes of the others does not', () => {
  const changed = aCallee('a', { endpoints: [endpoint(2)], caBundle: 'NEW' });
  const { callees, called, whole } = meanwhileOf([aCallee('a')], [changed, aCallee('b')]);
  assert.deepEqual([callees, called, whole], [[changed], [changed], false]);
});

test('the backend of a peer that is gone, or has become another, stays and is not called', () => {
  const kept = [aCallee('a'), aCallee('b')];
  const { callees, called } = meanwhileOf(kept, [aCallee('b', { cluster: 'rome' })]);
  assert.deepEqual([callees, called], [kept, []]);
});

test('a peer that goes, and one that comes back, waits for nothing', () => {
  const kept = [aCallee('a'), aCallee('b')];
  assert.equal(meanwhileOf(kept, [aCallee('a')]).whole, true);
  assert.equal(meanwhileOf(kept, kept).whole, true);
});

test('of more endpoints than there are servers, those that answer are called', () => {
  const more = aCallee('a', { endpoints: [endpoint(1, false), endpoint(2)], slots: 4 });
  const { called, whole } = meanwhileOf([aCallee('a')], [more]);
  assert.equal(whole, false);
  assert.deepEqual(called, [aCallee('a', { endpoints: [endpoint(2)] })]);
});

const at = (last: number) => ({ host: `192.0.2.${last}`, port: 4143 });
const ports = [{ first: 10_000, last: 10_001 }];
const two = aCallee('b', { endpoints: [endpoint(1), endpoint(2)], slots: 4 });

const waiting: Record<
  string,
  readonly [called: PeerBackend[], wanted: PeerBackend[], port: number, parts: PartKind[]]
> = {
  nothing: [[aCallee('a')], [aCallee('a')], 10_001, []],
  'a peer that is not called': [[], [aCallee('a')], 10_000, [{ kind: 'link', link: 'a' }]],
  'an address without a server': [
    [{ ...two, endpoints: [endpoint(2, false)] }],
    [two],
    10_000,
    [{ kind: 'address', link: 'b', address: at(1) }],
  ],
  'a port that is not open': [[], [], 10_002, [{ kind: 'port', port: 10_002 }]],
};

for (const [what, [called, callees, port, parts]] of Object.entries(waiting))
  test(`what waits for a reload: ${what}`, () => {
    const routes = [{ port, link: 'a', serviceId: 's-a' }];
    assert.deepEqual(waitingParts({ called, ports }, { callees, routes }), parts);
  });

test('a part waits for a reload, or is refused one, and its sentence names it', () => {
  const pending = waitsFor({ kind: 'port', port: 10_002 }, new PauseError(1_000));
  assert.deepEqual([pending.kind, pending.reason], ['port', 'ReloadPending']);
  assert.match(pending.message, /^port 10002: HAProxy has to be reloaded/);
  const refused = waitsFor({ kind: 'link', link: 'a' }, new PauseError(1_000, new Error('no')));
  assert.deepEqual([refused.reason, refused.message], ['ReloadRefused', 'link a: no']);
});
