import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Export } from '../model.js';
import { carriedBy } from './carried.js';

const anExport = (serviceId: string, kind: 'tcp' | 'http'): Export => ({
  ...{ serviceId, target: { host: '10.96.0.10', port: 80 } },
  ...{ protocol: { kind }, allow: new Set(['london']) },
});
const exports = [anExport('s-1', 'tcp'), anExport('s-2', 'http')];

test('carriedBy() leaves all to a gateway that carries all', () => {
  assert.deepEqual(carriedBy(new Set(['tcp', 'http']), exports), { exports, problems: [] });
});

test('carriedBy() takes away what a gateway cannot carry, and says how to have it carried', () => {
  const { exports: carried, problems } = carriedBy(new Set(['tcp']), exports);
  assert.deepEqual(carried, [exports[0]]);
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /^1 HTTP exports are not served.*--implementation haproxy/);
});
