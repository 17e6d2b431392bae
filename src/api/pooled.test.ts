import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMirror, annotated, holding, inNamespace } from '../../test/gen/gen.js';
import { pooledOf } from './pooled.js';

const asking = (value: string, ports: Record<number, number> = { 80: 10_000, 8080: 10_001 }) =>
  aMirror('bar', inNamespace('shop'), holding(ports), annotated({ 'linkerd.io/pooled-ports': value }));

const good: Readonly<Record<string, readonly [string, readonly number[]]>> = {
  'one port': ['80', [80]],
  'several, with spaces': ['80, 8080', [80, 8080]],
};
for (const [title, [value, ports]] of Object.entries(good)) {
  test(`pooledOf() reads ${title}`, () =>
    assert.deepEqual(pooledOf(asking(value)), { ports: new Set(ports) }));
}

const bad: Readonly<Record<string, readonly [string, RegExp]>> = {
  'what is no number': [
    '80,http',
    /^nothing is pooled: annotation .* says "http"; write numbers .* "80,8080"$/,
  ],
  'an empty value': ['', /says ""/],
  'a port that the mirror does not have': ['80,81', /names port 81, .* has 80, 8080$/],
};
for (const [title, [value, message]] of Object.entries(bad)) {
  test(`pooledOf() pools nothing for ${title}, and says so`, () => {
    const { ports, problem = '' } = pooledOf(asking(value));
    assert.equal(ports.size, 0);
    assert.match(problem, message);
  });
}

test('pooledOf() pools nothing of a mirror that does not ask, and takes one at its word that has no status yet', () => {
  assert.deepEqual(pooledOf(aMirror('bar')), { ports: new Set() });
  assert.deepEqual(pooledOf(aMirror('bar', annotated({ 'linkerd.io/pooled-ports': '80' }))), {
    ports: new Set([80]),
  });
});
