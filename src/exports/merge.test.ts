import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExportProblem, ServiceExport } from './exports.js';
import { mergeExports } from './merge.js';

const at = (host: string, fields: Partial<ServiceExport> = {}) => ({
  exports: [
    {
      ...{ service: 'default/a', serviceId: 's-1', target: { host, port: 80 } },
      ...{ protocol: { kind: 'tcp' } as const, allow: new Set(['london']), ...fields },
    },
  ],
  problems: [],
});

test('mergeExports() keeps every export and every problem', () => {
  const problem: ExportProblem = {
    ...{ service: 'default/c', reason: 'UnsupportedService', message: 'headless' },
    links: new Set(['london']),
  };
  const merged = mergeExports([
    at('10.0.0.1'),
    at('10.0.0.2', { serviceId: 's-2' }),
    { exports: [], problems: [problem] },
  ]);
  assert.deepEqual(
    merged.exports.map(({ serviceId }) => serviceId),
    ['s-1', 's-2'],
  );
  assert.deepEqual(merged.problems, [problem]);
});

test('mergeExports() serves neither of two targets of one service ID, and tells both services', () => {
  const merged = mergeExports([
    at('10.0.0.1'),
    at('10.0.0.2', { service: 'default/b', allow: new Set(['lyon']) }),
    at('10.0.0.3', { serviceId: 's-3' }),
  ]);
  assert.deepEqual(
    merged.exports.map(({ serviceId }) => serviceId),
    ['s-3'],
  );
  assert.deepEqual(
    merged.problems.map(({ service, reason, links }) => [service, reason, ...links]),
    [
      ['default/a', 'ServiceIDConflict', 'london'],
      ['default/b', 'ServiceIDConflict', 'lyon'],
    ],
  );
  assert.match(merged.problems[0]!.message, /port 80 .* service ID s-1 also stands for default\/b;/);
});

test('mergeExports() unites who may call when one service ID names one target twice', () => {
  const merged = mergeExports([at('10.0.0.1'), at('10.0.0.1', { allow: new Set(['lyon']) })]);
  assert.deepEqual([...merged.exports[0]!.allow], ['london', 'lyon']);
  assert.deepEqual(merged.problems, []);
});
