import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact, redactText } from './redact.js';

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl';
const pem = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----';

const hiddenNames = [
  'token',
  'bearerToken',
  'password',
  'passphrase',
  'key',
  'tls.key',
  'client-key-data',
  'clientKeyData',
  'privateKey',
  'kubeconfig',
  'authorization',
  'Authorization',
  'clientSecret',
  'credentials',
  'set-cookie',
];
for (const name of hiddenNames)
  test(`redact() hides the value of ${name}, at any depth`, () => {
    assert.deepEqual(redact({ a: [{ [name]: 'hush' }] }), { a: [{ [name]: '[redacted]' }] });
  });

const shownNames = ['object', 'keys', 'monkey', 'keyOf', 'name', 'passed', 'resource', 'publicId'];
for (const name of shownNames)
  test(`redact() shows the value of ${name}`, () =>
    assert.deepEqual(redact({ [name]: 'x' }), { [name]: 'x' }));

test('redact() hides the data of a Secret and shows that of a ConfigMap', () => {
  const secret = {
    kind: 'Secret',
    metadata: { name: 'a' },
    data: { a: 'aHVzaA==' },
    stringData: { b: 'hush' },
  };
  assert.deepEqual(redact({ object: secret }), {
    object: { kind: 'Secret', metadata: { name: 'a' }, data: '[redacted]', stringData: '[redacted]' },
  });
  assert.deepEqual(redact({ kind: 'ConfigMap', data: { a: 'b' } }), { kind: 'ConfigMap', data: { a: 'b' } });
});

const texts: Record<string, [string, string]> = {
  'a JWT': [`refused ${jwt}, sorry`, 'refused [redacted], sorry'],
  'a bearer header': ['Authorization: Bearer abcdef123456', 'Authorization: Bearer [redacted]'],
  'a private key': [`found ${pem} here`, 'found [redacted] here'],
  'a private key cut short': [pem.slice(0, 40), '[redacted]'],
  'nothing secret': ['default/web is not ready', 'default/web is not ready'],
};
for (const [title, [text, expected]] of Object.entries(texts))
  test(`redactText(): ${title}`, () => assert.equal(redactText(text), expected));

test('redact() keeps an error’s name, message, fields and causes, without their secrets', () => {
  const cause = Object.assign(new Error(`bad ${jwt}`), { code: 'ECONNRESET', token: 'hush' });
  const shown = redact(new TypeError(`outer ${jwt}`, { cause })) as Record<string, unknown> & {
    cause: object;
  };
  assert.equal(shown.name, 'TypeError');
  assert.equal(shown.message, 'outer [redacted]');
  assert.match(String(shown.stack), /redact\.test/);
  const { stack: _stack, ...inner } = shown.cause as Record<string, unknown>;
  assert.deepEqual(inner, {
    name: 'Error',
    message: 'bad [redacted]',
    code: 'ECONNRESET',
    token: '[redacted]',
  });
  assert.ok(!JSON.stringify(shown).includes(jwt));
});

test('redact() ends on cycles, and writes bytes, dates, maps and big numbers as something short', () => {
  const cycle: Record<string, unknown> = {
    at: new Date(0),
    bytes: Buffer.from('hush'),
    big: 10n,
    map: new Map([['a', 1]]),
  };
  cycle.self = cycle;
  const shown = redact(cycle) as Record<string, unknown>;
  assert.deepEqual(
    [shown.at, shown.bytes, shown.big, shown.map],
    ['1970-01-01T00:00:00.000Z', '[4 bytes]', '10', [['a', 1]]],
  );
  assert.ok(JSON.stringify(shown).includes('[deep]'));
});
