import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImmutableMap } from '../runtime/immutable.js';
import {
  decodeAnswer,
  decodeQuery,
  encodeQuery,
  merge,
  type AppliedAnswer,
  type Applied,
} from './applied.js';

const hello = { link: 'paris', serviceId: 's-hello' };
const world = { link: 'paris', serviceId: 's-world' };
const healthy = { healthy: true, reason: 'Healthy', answering: ['203.0.113.7:4143'] } as const;

function anAnswer(fields: Partial<AppliedAnswer> = {}): AppliedAnswer {
  return { epoch: 'e', version: 2, full: false, routes: {}, links: {}, draining: false, ...fields };
}

const known: Applied = {
  routes: ImmutableMap.of([[10000, hello]]),
  links: ImmutableMap.of([['paris', healthy]]),
  draining: false,
};

test('a query is read as it was written', () => {
  for (const query of [
    { epoch: 'a b&c', since: 7, wait: 2, listed: false },
    { epoch: '', since: 0, wait: 0, listed: true },
    { epoch: 'a', since: 7, wait: 2, listed: true, share: 3 },
  ]) {
    assert.deepEqual(decodeQuery(encodeQuery(query)), query);
  }
});

const odd = {
  'nothing asked': ['/v1/applied', { epoch: '', since: 0, wait: 0, listed: true }],
  'negative, broken and huge numbers': [
    '/v1/applied?since=-1&wait=1e9',
    { epoch: '', since: 0, wait: 30, listed: true },
  ],
  'no numbers': ['/v1/applied?since=x&wait=&listed=maybe', { epoch: '', since: 0, wait: 0, listed: true }],
  'another path': ['/v1/other', undefined],
  'no host': ['//', undefined],
  'a host': ['http://x/v1/applied', undefined],
  nothing: ['', undefined],
} as const;
for (const [title, [url, query]] of Object.entries(odd)) {
  test(`decodeQuery() takes ${title}`, () => assert.deepEqual(decodeQuery(url), query));
}

for (const text of [
  '',
  'null',
  '[]',
  '{}',
  '{"epoch":"e","version":1}',
  '{"epoch":"e","version":1,"routes":{}}',
]) {
  test(`decodeAnswer() refuses ${text || 'nothing'}`, () => assert.throws(() => decodeAnswer(text)));
}

test('merge() puts a delta on what is known', () => {
  const answer = anAnswer({ routes: { 10001: world, 10000: null }, links: { paris: null, lyon: healthy } });
  const merged = merge(known, decodeAnswer(JSON.stringify(answer)));
  assert.deepEqual([...merged.routes], [[10001, world]]);
  assert.deepEqual([...merged.links], [['lyon', healthy]]);
  assert.deepEqual([...known.routes.keys()], [10000], 'what was known is not touched');
});

test('merge() forgets what was known when the answer is full', () => {
  const merged = merge(known, anAnswer({ full: true, routes: { 10001: world } }));
  assert.deepEqual([...merged.routes.keys()], [10001]);
  assert.equal(merged.links.size, 0);
});

test('merge() takes over that the gateway drains', () => {
  assert.equal(merge(known, anAnswer({ draining: true })).draining, true);
  assert.equal(merge(known, anAnswer({ draining: true })).routes, known.routes);
});
