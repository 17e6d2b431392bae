import assert from 'node:assert/strict';
import { test } from 'node:test';
import { throughLink, throughTarget } from './through.js';

test('the target of a tunnel names a Link, and nothing else does', () => {
  for (const link of ['a', 'paris', 'p'.repeat(40), 'a-b-1'])
    assert.equal(throughLink(throughTarget(link)), link);
  for (const target of [
    undefined,
    '',
    'paris',
    'paris:443',
    '/paris:1',
    'Paris:1',
    `${'p'.repeat(41)}:1`,
    'a\nb:1',
  ])
    assert.equal(throughLink(target), undefined, target);
});
