import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createAuthority } from '../pki/ca.js';
import {
  decodeIdentity,
  decodePeer,
  decodeResolved,
  encodeIdentity,
  encodePeer,
  type Identity,
  maxAddresses,
} from './identity.js';
import type { Peer } from './peer.js';

const now = new Date('2026-03-01T12:00:00Z');
let identity: Identity;
let peer: Peer;

before(async () => {
  const { ca } = await createAuthority('paris', { now });
  const addresses = [
    { host: '192.0.2.1', port: 4143 },
    { host: 'gateway.paris.example', port: 443 },
    { host: '2001:db8::1', port: 4143 },
  ];
  identity = { cluster: 'paris', uid: 'c0ffee', caBundle: ca, addresses };
  const probe = { period: 3000, timeout: 2000, failureThreshold: 3, successThreshold: 1 };
  peer = { link: 'cluster-a', cluster: 'paris', caBundle: ca, addresses, probe };
});

test('decodeIdentity() reads what encodeIdentity() wrote', () => {
  assert.deepEqual(decodeIdentity(encodeIdentity(identity), now), { value: identity });
});

test('encodeIdentity() is the text that peers of other versions read', () => {
  const { 'ca.crt': caBundle, ...rest } = encodeIdentity({
    ...identity,
    addresses: [{ host: 'a', port: 1 }],
  });
  assert.equal(caBundle, identity.caBundle);
  assert.deepEqual(rest, {
    protocol: '2',
    cluster: 'paris',
    uid: 'c0ffee',
    domain: 'paris.mirror.internal',
    addresses: '[{"host":"a","port":1}]',
  });
});

test('decodePeer() reads what encodePeer() wrote', () => {
  assert.deepEqual(decodePeer('cluster-a', encodePeer(peer), now), { value: peer });
});

const notes: Record<string, { noted: object; read: object }> = {
  'what was noted': {
    noted: { linkUid: 'uid-1', pinned: true, fingerprint: 'sha256:ab' },
    read: { linkUid: 'uid-1', pinned: true, fingerprint: 'sha256:ab' },
  },
  'no notes, as an older version wrote none': { noted: {}, read: {} },
  'no notes that make no sense': { noted: { linkUid: 7, pinned: 'yes' }, read: {} },
};
for (const [sentence, { noted, read }] of Object.entries(notes)) {
  test(`decodeSettled() reads ${sentence}`, () => {
    const text = encodePeer({ ...peer, ...noted });
    assert.deepEqual(decodeResolved('cluster-a', text, now), { value: { ...peer, ...read } });
    assert.deepEqual(decodePeer('cluster-a', text, now), { value: peer });
  });
}

test('decodePeer() knows addresses that the peer published', () => {
  const published = { ...peer, published: true as const };
  assert.deepEqual(decodePeer('cluster-a', encodePeer(published), now), { value: published });
});

test('decodePeer() knows a peer that dials in, and where another one is dialled', () => {
  for (const more of [{ dialsIn: true as const }, { dialAt: [{ host: 'hub', port: 4145 }] }]) {
    const whole = { ...peer, addresses: [], ...more };
    assert.deepEqual(decodePeer('cluster-a', encodePeer(whole), now), { value: whole });
  }
  const bad = JSON.stringify({ ...JSON.parse(encodePeer(peer)), dialAt: [{ host: '', port: 0 }] });
  assert.ok('problems' in decodePeer('cluster-a', bad, now));
});

test('decodeSettled() names what is wrong', () => {
  assert.deepEqual(decodeResolved('x', 'no JSON', now), { problems: ['it is not a JSON object'] });
});

test('a cluster that cannot be called has no addresses', () => {
  const decoded = decodeIdentity(encodeIdentity({ ...identity, addresses: [] }), now);
  assert.deepEqual('value' in decoded && decoded.value.addresses, []);
});

test('what nobody asked for is not passed on', () => {
  const data = { ...encodeIdentity(identity), more: 'x', addresses: '[{"host":"a","port":1,"weight":7}]' };
  assert.deepEqual(decodeIdentity(data, now), {
    value: { ...identity, addresses: [{ host: 'a', port: 1 }] },
  });
});

const bad: Record<string, { change: Record<string, string>; problems: RegExp[] }> = {
  'another protocol': {
    change: { protocol: '1', cluster: '' },
    problems: [/protocol is "1", this version speaks 2/],
  },
  'a cluster name that is no DNS label': {
    change: { cluster: 'Paris!' },
    problems: [/cluster is "Paris!"/, /domain/],
  },
  'a cluster name that fits in no CA name': {
    change: { cluster: 'p'.repeat(51) },
    problems: [/50 characters/, /domain/],
  },
  'no UID': { change: { uid: '' }, problems: [/uid is missing/] },
  "another cluster's domain": { change: { domain: 'rome.mirror.internal' }, problems: [/domain is "rome/] },
  'a bad bundle': { change: { 'ca.crt': 'nonsense' }, problems: [/ca\.crt: .*not PEM/] },
  'a bundle longer than one that a Link may pin': {
    change: { 'ca.crt': 'x'.repeat(65_537) },
    problems: [/ca\.crt: the bundle is 65537 characters long, at most 65536/],
  },
  'addresses that are no JSON': {
    change: { addresses: '10.0.0.1:4143' },
    problems: [/addresses is not a list/],
  },
  'an address without port': {
    change: { addresses: '[{"host":"a"}]' },
    problems: [/\[0\]\.port is missing/],
  },
  'a port out of range': {
    change: { addresses: '[{"host":"a","port":65536}]' },
    problems: [/65536, not a port/],
  },
  'a host that is none': { change: { addresses: '[{"host":"a b","port":1}]' }, problems: [/host is "a b"/] },
  'too many addresses': {
    change: { addresses: JSON.stringify(Array(maxAddresses + 1).fill({ host: 'a', port: 1 })) },
    problems: [/holds 65, at most 64/],
  },
};

for (const [what, { change, problems }] of Object.entries(bad)) {
  test(`decodeIdentity() names ${what}`, () => {
    const decoded = decodeIdentity({ ...encodeIdentity(identity), ...change }, now);
    const found = 'problems' in decoded ? decoded.problems : [];
    assert.equal(found.length, problems.length, found.join('; '));
    for (const [index, expected] of problems.entries()) assert.match(found[index]!, expected);
  });
}

test('decodeIdentity() of no data says what is missing', () => {
  assert.deepEqual(decodeIdentity(undefined, now), {
    problems: ['protocol is missing, this version speaks 2'],
  });
});

test('a bundle may be as long as one that a Link may pin, and no longer', () => {
  const taken = (length: number) => {
    const text = encodePeer({ ...peer, caBundle: peer.caBundle.padEnd(length) });
    return 'value' in decodePeer('x', text, now);
  };
  assert.deepEqual([65_536, 65_537].map(taken), [true, false]);
});

test('decodePeer() names everything that is wrong at once', () => {
  const decoded = decodePeer('x', JSON.stringify({ addresses: {}, probe: { period: 0, timeout: 1.5 } }), now);
  assert.equal('problems' in decoded && decoded.problems.length, 7);
  assert.deepEqual(decodePeer('x', 'no JSON', now), { problems: ['it is not a JSON object'] });
});

test('a long foreign value does not flood the message', () => {
  const decoded = decodeIdentity({ protocol: 'x'.repeat(5000) }, now);
  assert.ok('problems' in decoded && decoded.problems[0]!.length < 120);
});
