import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { aCluster, type ClusterPki } from '../../test/gen/pki.js';
import type { Identity } from './identity.js';
import {
  decodeAnswer,
  decodeFacts,
  decodeRefusal,
  decodeRequest,
  encodeAnswer,
  encodeFacts,
  encodeRefusal,
  encodeRequest,
  hashOfSecret,
  inviteName,
  largestMessage,
  type InvitationRequest,
} from './invitation.js';

const now = new Date('2026-03-01T12:00:00Z');
let london: ClusterPki;
let identity: Identity;
let request: InvitationRequest;

before(async () => {
  london = await aCluster('london', { now });
  identity = {
    ...{ cluster: 'london', uid: '77d0e1a9-b2c4', caBundle: london.authority.cert },
    addresses: [{ host: '198.51.100.9', port: 4143 }],
  };
  request = { id: '4f2a9c1e', secret: Buffer.alloc(20, 7), act: 'redeem', identity };
});

test('inviteName() is a server name that the certificate of a gateway covers, and no service has', () => {
  assert.equal(inviteName('paris'), 'invite.paris.mirror.internal');
});

test('hashOfSecret() is not the hash of the secret alone', () => {
  const known = '8ec57d2b6b2b1b7ff0e7f9a6f2c49a3e';
  assert.match(hashOfSecret(Buffer.from(known)), /^[0-9a-f]{64}$/);
  assert.notEqual(hashOfSecret(Buffer.from('a')), hashOfSecret(Buffer.from('b')));
  assert.notEqual(
    hashOfSecret(Buffer.alloc(0)),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

test('decodeRequest() reads what encodeRequest() writes', () => {
  assert.deepEqual(decodeRequest(encodeRequest(request), now), { value: request });
});

test('decodeAnswer() reads what encodeAnswer() writes', () => {
  const answer = { identity, exports: 'Services with team=shop' };
  assert.deepEqual(decodeAnswer(encodeAnswer(answer), now), { value: answer });
});

test('decodeFacts() reads what encodeFacts() writes', () => {
  const facts = { cluster: 'london', caBundle: identity.caBundle };
  assert.deepEqual(decodeFacts(encodeFacts(facts), now), { value: facts });
});

test('decodeRefusal() reads what encodeRefusal() writes', () => {
  const refused = { refusal: 'NotOpen', message: 'it has ended' } as const;
  assert.deepEqual(decodeRefusal(encodeRefusal(refused)), refused);
  assert.equal(decodeRefusal('{"refusal":"toString"}'), undefined);
  assert.equal(decodeRefusal('<html>'), undefined);
});

test('text of the other side cannot steer a terminal', () => {
  const exports = 'all\u001b[2J\r\nYou are root\u202e';
  const read = decodeAnswer(encodeAnswer({ identity, exports }), now);
  assert.deepEqual('value' in read && read.value.exports, 'all?[2J??You are root?');
  const refused = decodeRefusal(encodeRefusal({ refusal: 'NotOpen', message: 'x'.repeat(5_000) }));
  assert.equal(refused?.message.length, 1_024);
});

test('nothing is told of a rotation of the CA', () => {
  const read = decodeRequest(encodeRequest({ ...request, identity: { ...identity, next: 'ab' } }), now);
  assert.deepEqual(read, { value: request });
  const more = JSON.parse(encodeRequest(request)) as { identity: Record<string, string> };
  more.identity.next = 'ab';
  assert.deepEqual(decodeRequest(JSON.stringify(more), now), { value: request });
});

const wrong: Readonly<Record<string, (fields: Record<string, unknown>) => unknown>> = {
  'no object': () => [],
  'no id': ({ id: _, ...rest }) => rest,
  'an id of another length': (fields) => ({ ...fields, id: '4f2a9c' }),
  'an id that is no text': (fields) => ({ ...fields, id: 1331338270 }),
  'a short secret': (fields) => ({ ...fields, secret: 'AAAA' }),
  'a secret in another form of base64': (fields) => ({ ...fields, secret: `${String(fields.secret)}=` }),
  'a very long secret': (fields) => ({ ...fields, secret: 'A'.repeat(20_000) }),
  'another act': (fields) => ({ ...fields, act: 'steal' }),
  'no identity': ({ identity: _, ...rest }) => rest,
  'an identity that is a list': (fields) => ({ ...fields, identity: [fields.identity] }),
  'another protocol': (fields) => withIdentity(fields, { protocol: '1' }),
  'a cluster name with a dot': (fields) => withIdentity(fields, { cluster: 'lon.don' }),
  'a cluster name that no Link can pin': (fields) =>
    withIdentity(fields, { cluster: 'a'.repeat(41), domain: `${'a'.repeat(41)}.mirror.internal` }),
  'a name that is not that of the certificates': (fields) => withIdentity(fields, { cluster: 'berlin' }),
  'no uid': (fields) => withIdentity(fields, { uid: '' }),
  'a long uid': (fields) => withIdentity(fields, { uid: 'u'.repeat(65) }),
  'a uid of several lines': (fields) => withIdentity(fields, { uid: 'a\nb' }),
  'no CA': (fields) => withIdentity(fields, { 'ca.crt': '' }),
  'a leaf in place of a CA': (fields) => withIdentity(fields, { 'ca.crt': london.egress.cert }),
  'a private key': (fields) => withIdentity(fields, { 'ca.crt': london.authority.key }),
  'addresses that are none': (fields) => withIdentity(fields, { addresses: '["a"]' }),
  'too many addresses': (fields) =>
    withIdentity(fields, { addresses: JSON.stringify(Array(65).fill({ host: 'a', port: 1 })) }),
};

function withIdentity(fields: Record<string, unknown>, changes: object): object {
  return { ...fields, identity: { ...(fields.identity as object), ...changes } };
}

for (const [what, change] of Object.entries(wrong))
  test(`decodeRequest() refuses ${what}`, () => {
    const text = JSON.stringify(change(JSON.parse(encodeRequest(request)) as Record<string, unknown>));
    assert.ok('problems' in decodeRequest(text, now));
  });

test('decodeRequest() refuses more than 64 KiB before it reads it', () => {
  const text = encodeRequest(request) + ' '.repeat(largestMessage);
  assert.ok('problems' in decodeRequest(text, now));
});

test('no problem of a request shows the secret', () => {
  const secret = Buffer.alloc(20, 9);
  for (const change of Object.values(wrong)) {
    const fields = change(JSON.parse(encodeRequest({ ...request, secret })) as Record<string, unknown>);
    const read = decodeRequest(JSON.stringify(fields), now);
    assert.ok(
      'problems' in read && !read.problems.join().includes(secret.toString('base64url').slice(0, 12)),
    );
  }
});

/** A value in place of, or somewhere in, a message that is right. */
const hostile = (right: () => string) =>
  fc.oneof(
    fc.string({ maxLength: 500 }),
    fc.json(),
    fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
    fc
      .tuple(
        fc.constantFrom('id', 'secret', 'act', 'identity', 'protocol', 'cluster', 'caBundle', 'exports'),
        fc.jsonValue(),
      )
      .map(([field, value]) => JSON.stringify({ ...(JSON.parse(right()) as object), [field]: value })),
    fc
      .tuple(
        fc.constantFrom('protocol', 'cluster', 'uid', 'domain', 'ca.crt', 'addresses', 'next'),
        fc.oneof(fc.string(), fc.jsonValue(), fc.json()),
      )
      .map(([field, value]) =>
        JSON.stringify(withIdentity(JSON.parse(right()) as Record<string, unknown>, { [field]: value })),
      ),
    fc
      .tuple(fc.nat(4_000), fc.string({ maxLength: 4 }))
      .map(([at, more]) => right().slice(0, at) + more + right().slice(at + 1)),
  );

test('decodeRequest() ends with a request within its bounds, or with problems', () => {
  fc.assert(
    fc.property(
      hostile(() => encodeRequest(request)),
      (text) => {
        const read = decodeRequest(text, now);
        if ('problems' in read) return assert.ok(read.problems.length > 0);
        const { id, secret, identity: who } = read.value;
        assert.match(id, /^[0-9a-f]{8}$/);
        assert.equal(secret.length, 20);
        assert.match(who.cluster, /^[a-z0-9-]{1,50}$/);
        assert.match(who.uid, /^[!-~]{1,64}$/);
        assert.ok(who.addresses.length <= 64 && who.caBundle.length <= 65_536);
        assert.deepEqual(decodeRequest(encodeRequest(read.value), now), read);
      },
    ),
    { numRuns: 1_500 },
  );
});

test('decodeAnswer(), decodeFacts() and decodeRefusal() end with what is within their bounds, or with problems', () => {
  const right = () =>
    JSON.stringify({
      ...JSON.parse(encodeAnswer({ identity, exports: 'x' })),
      ...JSON.parse(encodeFacts(identity)),
    });
  fc.assert(
    fc.property(hostile(right), (text) => {
      const answer = decodeAnswer(text, now);
      if ('value' in answer) assert.match(answer.value.exports, /^[ -~]{0,512}$/);
      const facts = decodeFacts(text, now);
      if ('value' in facts) assert.ok(facts.value.caBundle.length <= largestMessage);
      const refused = decodeRefusal(text);
      if (refused !== undefined) assert.match(refused.message, /^[ -~]{0,1024}$/);
    }),
    { numRuns: 1_500 },
  );
});
