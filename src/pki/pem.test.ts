import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pemBlocks } from './pem.js';

const cases: Record<string, { text: string; blocks: readonly (readonly [label: string, text?: string])[] }> =
  {
    'no text': { text: '', blocks: [] },
    'text without a block': { text: 'hello', blocks: [] },
    'one block': { text: '-----BEGIN A-----\naGk=\n-----END A-----\n', blocks: [['A', 'hi']] },
    'two that share a line': {
      text: '-----BEGIN A-----\naGk=\n-----END A----------BEGIN B C-----\naG8=\n-----END B C-----',
      blocks: [
        ['A', 'hi'],
        ['B C', 'ho'],
      ],
    },
    'empty lines and spaces': {
      text: '-----BEGIN A-----\r\n\r\n aG\t\n\nk= -----END A-----',
      blocks: [['A', 'hi']],
    },
    'a block with headers': { text: '-----BEGIN A-----\nX: 1\n\naGk=\n-----END A-----', blocks: [['A']] },
    'an empty block': { text: '-----BEGIN A-----\n-----END A-----', blocks: [['A']] },
    'one that does not end': { text: '-----BEGIN A-----\naGk=', blocks: [['A']] },
    'one that ends as another': { text: '-----BEGIN A-----\naGk=\n-----END B-----', blocks: [['A']] },
    'one inside another': {
      text: '-----BEGIN A-----\n-----BEGIN B-----\naGk=\n-----END B-----\n-----END A-----',
      blocks: [['A'], ['B', 'hi'], ['A']],
    },
  };

for (const [what, { text, blocks }] of Object.entries(cases)) {
  test(`pemBlocks() reads ${what}`, () => {
    const found = pemBlocks(text).map(({ label, der }) =>
      der === undefined ? [label] : [label, der.toString()],
    );
    assert.deepEqual(found, blocks);
  });
}
