import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMirror, holding, metadata } from '../../../test/gen/gen.js';
import { heldPorts, seniorityOf, targetOf, writtenIn } from './portholdings.js';

test('heldPorts() names the ports of a status with the service that each leads to', () => {
  const mirror = aMirror('one', holding({ 80: 10_000, 443: 10_001 }), metadata({ uid: 'u1' }));
  const [only, ...others] = writtenIn(mirror);
  assert.ok(only !== undefined && others.length === 0);
  assert.deepEqual(
    heldPorts(mirror, only).map(({ owner, port }) => [owner, port]),
    [
      ['u1 paris/default/hello 80', 10_000],
      ['u1 paris/default/hello 443', 10_001],
    ],
  );
});

test('targetOf() tells a pod from its service', () => {
  const db = { cluster: 'paris', namespace: 'shop', name: 'db' };
  assert.deepEqual([db, { ...db, hostname: 'db-0' }].map(targetOf), ['paris/shop/db', 'paris/shop/db-0.db']);
});

test('seniorityOf() puts the older mirror first, and decides between equals', () => {
  const made = (uid: string, creationTimestamp: string) =>
    aMirror('one', metadata({ uid, creationTimestamp }));
  const sorted = [
    made('b', '2026-01-02T00:00:00Z'),
    made('c', '2026-01-01T00:00:00Z'),
    made('a', '2026-01-02T00:00:00Z'),
  ]
    .map(seniorityOf)
    .toSorted();
  assert.deepEqual(
    sorted.map((key) => key.at(-1)),
    ['c', 'a', 'b'],
  );
});
