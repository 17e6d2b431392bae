import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRoot } from '../../../test/gen/pki.js';
import { toldBundles } from './told.js';

const now = new Date();
const [short, ...long] = await Promise.all(
  [20, 1_000, 1_000, 1_000].map(async (length, at) => {
    const name = [{ O: [{ utf8String: `${at}`.repeat(length) }] }];
    const { cert } = await aRoot(now, name);
    return cert;
  }),
);
const bundle = async (n: number) =>
  (
    await Promise.all(
      Array.from({ length: n }, (_, at) => aRoot(now, [{ O: [{ utf8String: `${at}-`.padEnd(900, 'x') }] }])),
    )
  )
    .map(({ cert }) => cert)
    .join('');

test('toldBundles() takes each text once', () => {
  const told = toldBundles(
    new Map([
      ['a', short!],
      ['b', short!],
      ['c', long[0]!],
    ]),
  );
  assert.deepEqual(told, { bundles: [short, long[0]], left: [] });
});

test('toldBundles() leaves out those with the longest names', async () => {
  const [many, more] = await Promise.all([bundle(30), bundle(31)]);
  const told = toldBundles(
    new Map([
      ['c', more],
      ['a', short!],
      ['b', many],
    ]),
  );
  assert.deepEqual(told, { bundles: [short, many], left: ['c'] });
});
