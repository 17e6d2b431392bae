import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exports } from './linkscope.js';
import { wordsOf } from './wording.js';

const cases: Readonly<Record<string, Partial<Exports> | undefined>> = {
  nothing: undefined,
  'all Services': { all: true },
  'Services with mirror.linkerd.io/exported=true': {
    services: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } },
  },
  'Services with team=shop, public, !draft, tier in (a, b), zone not in (c), of namespaces with env=prod': {
    services: {
      matchLabels: { team: 'shop' },
      matchExpressions: [
        { key: 'public', operator: 'Exists' },
        { key: 'draft', operator: 'DoesNotExist' },
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'zone', operator: 'NotIn', values: ['c'] },
      ],
    },
    namespaces: { matchLabels: { env: 'prod' } },
  },
};

for (const [words, exports] of Object.entries(cases))
  test(`wordsOf(): ${words}`, () => {
    assert.equal(wordsOf(exports as Exports | undefined), words);
  });

test('wordsOf() is bounded', () => {
  const matchLabels = Object.fromEntries(
    Array.from({ length: 32 }, (_, at) => [`key-${at}`, 'v'.repeat(63)]),
  );
  assert.ok(wordsOf({ services: { matchLabels }, allowSelectorless: false }).length < 410);
});
