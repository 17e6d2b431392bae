import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers } from '../../test/gen/numbers.js';
import type { ExportProblem, ServiceExport, ServiceExports } from './exports.js';
import { createMerge } from './merge.js';

const anExport = (service: string, host: string, fields: Partial<ServiceExport> = {}): ServiceExport => ({
  ...{ service, port: 80, serviceId: 's-1', target: { host, port: 80 } },
  ...{ protocol: { kind: 'tcp' }, allow: new Set(['london']), ...fields },
});
const aProblem = (service: string): ExportProblem => ({
  ...{ service, reason: 'UnsupportedService', message: 'headless', links: new Set(['london']) },
});

/** What is merged of services that come in this order. */
function merged(...all: readonly (readonly [string, ServiceExports])[]) {
  const { exports, problems } = createMerge()(all);
  return { exports: [...exports.values()], problems: [...problems.values()].flat() };
}
const [a, b] = [anExport('default/a', '10.0.0.1'), anExport('default/b', '10.0.0.2')];
const only = (...exports: readonly ServiceExport[]): readonly [string, ServiceExports] => [
  exports[0]!.service,
  { exports, problems: [] },
];

test('createMerge() keeps every export and every problem', () => {
  const other = { ...b, serviceId: 's-2' };
  const problem = aProblem('default/c');
  const { exports, problems } = merged(only(a), only(other), [
    'default/c',
    { exports: [], problems: [problem] },
  ]);
  assert.deepEqual(new Set(exports), new Set([a, other]));
  assert.deepEqual(problems, [problem]);
});

test('createMerge() serves neither of two targets of one service ID, and tells both services, in any order', () => {
  const [toLyon, third] = [
    { ...b, allow: new Set(['lyon']) },
    anExport('default/c', '10.0.0.3', { serviceId: 's-3' }),
  ];
  for (const order of [
    [a, toLyon, third],
    [third, toLyon, a],
  ]) {
    const { exports, problems } = merged(...order.map((one) => only(one)));
    assert.deepEqual(exports, [third]);
    assert.deepEqual(problems.map(({ service, reason, links }) => [service, reason, ...links]).sort(), [
      ['default/a', 'ServiceIDConflict', 'london'],
      ['default/b', 'ServiceIDConflict', 'lyon'],
    ]);
    const ofA = problems.find(({ service }) => service === 'default/a');
    assert.match(ofA!.message, /port 80 .* service ID s-1 also stands for default\/b;/);
  }
});

test('createMerge() serves a service again as soon as it alone has its service ID', () => {
  const merge = createMerge();
  const first = merge([only(a)]).exports;
  assert.equal(merge([only(b)]).exports.size, 0);
  const { exports, problems } = merge([['default/b', undefined]]);
  assert.deepEqual([[...exports], problems.size], [[...first], 0]);
});

test('createMerge() unites who may call when one service ID names one target twice', () => {
  const { exports, problems } = merged(only(a), only({ ...b, target: a.target, allow: new Set(['lyon']) }));
  assert.deepEqual([...exports[0]!.allow], ['london', 'lyon']);
  assert.deepEqual(problems, []);
});

test('createMerge() keeps two ports of one service apart, and serves neither under one service ID', () => {
  const { exports, problems } = merged(only(a, { ...a, target: { host: '10.0.0.1', port: 81 } }));
  assert.deepEqual(exports, []);
  assert.match(problems[0]!.message, /also stands for another port of its own/);
});

test('createMerge() gives back the same objects while services say the same', () => {
  const merge = createMerge();
  const before = merge([only(a), ['default/c', { exports: [], problems: [aProblem('default/c')] }]]);
  assert.equal(merge([only(structuredClone(a)), ['default/x', undefined]]), before);
  assert.equal(merge([only({ ...b, serviceId: 's-2' })]).exports.get('s-1'), a);
  assert.equal(merge([only({ ...b, serviceId: 's-2' })]).problems, before.problems);
});

test('createMerge() remembers nothing that another one, which is told all at once, would not say', () => {
  const merge = createMerge();
  const random = numbers(5);
  const present = new Map<string, ServiceExports>();
  for (let round = 0; round < 500; round++) {
    const changes = Array.from({ length: 1 + random(3) }, () => {
      const service = `default/${'abcdef'[random(6)]}`;
      const exports = Array.from({ length: random(3) }, () =>
        anExport(service, `10.0.0.${random(2)}`, {
          ...{ serviceId: `s-${random(4)}`, allow: new Set([`link-${random(3)}`]) },
        }),
      );
      const now = { exports, problems: random(3) === 0 ? [aProblem(service)] : [] };
      return [service, random(4) === 0 ? undefined : now] as const;
    });
    for (const [service, now] of changes)
      if (now === undefined) present.delete(service);
      else present.set(service, now);
    const [is, expected] = [merge(changes), createMerge()(present)];
    const sorted = (map: Iterable<readonly [string, unknown]>) =>
      [...map].sort(([x], [y]) => (x < y ? -1 : 1));
    assert.deepEqual(sorted(is.exports), sorted(expected.exports), `round ${round}`);
    assert.deepEqual(sorted(is.problems), sorted(expected.problems), `round ${round}`);
  }
});
