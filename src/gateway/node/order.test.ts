import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '../../net/address.js';
import { inOrder } from './order.js';

const at = (host: string, port = 4143): Address => ({ host, port });
const hosts = (addresses: readonly Address[]) => addresses.map(({ host }) => host);
/** Leaves every list as it is. */
const last = () => 0.999;

test('inOrder() puts what answers before what does not, and drops nothing', () => {
  assert.deepEqual(hosts(inOrder([at('a'), at('b'), at('c')], [at('c'), at('b')], last)), ['b', 'c', 'a']);
});

test('inOrder() looks at the port as well', () => {
  assert.deepEqual(hosts(inOrder([at('a'), at('b')], [at('a', 1), at('b')], last)), ['b', 'a']);
});

test('inOrder() ignores answers of what is not an address any more', () => {
  assert.deepEqual(hosts(inOrder([at('a')], [at('gone')], last)), ['a']);
});

test('inOrder() puts each address first about as often as any other', () => {
  const addresses = [at('a'), at('b'), at('c')];
  const firsts = new Map<string, number>();
  let state = 1;
  const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 3_000; round++) {
    const [first] = inOrder(addresses, addresses, random);
    firsts.set(first!.host, (firsts.get(first!.host) ?? 0) + 1);
  }
  for (const count of firsts.values()) assert.ok(count > 900 && count < 1_100, `${count} of 3000`);
});

test('inOrder() does not touch the list it was given', () => {
  const addresses = Object.freeze([at('a'), at('b')]);
  assert.equal(inOrder(addresses, [], () => 0).length, 2);
});
