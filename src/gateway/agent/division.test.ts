import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '../model.js';
import { routesByPort } from '../ports.js';
import { createDivision, differingLinks, silentLinks } from './division.js';

const both = new Set(['paris', 'lyon']);
const onlyLyon = new Set(['lyon']);
const place = { state: 'Serving', priority: 0, weight: 1 } as const;

/** Two routes of a mirror of both clusters. */
function twofold(port: number, weight = 1): Route[] {
  const backends = [
    { link: 'paris', serviceId: 's-a', port, place: { ...place, weight } },
    { link: 'lyon', serviceId: 's-a', port: port + 1, place },
  ];
  return backends.map(({ link, serviceId, port: own }) => ({ link, serviceId, port: own, backends }));
}

const alone: Route = { port: 9_000, link: 'paris', serviceId: 's-b' };

test('routes get alternatives while a link is not usable, and lose them when it is again', () => {
  const { divide } = createDivision();
  const routes = routesByPort([alone, ...twofold(10_000)]);
  assert.equal(divide(routes, both).get(10_000), routes.get(10_000));
  const without = divide(routes, onlyLyon);
  assert.deepEqual(without.get(10_000)?.instead, { link: 'lyon', serviceId: 's-a', share: 10_000 });
  assert.equal(without.get(10_001), routes.get(10_001));
  assert.equal(without.get(9_000), alone, 'it has no other backend');
  assert.equal(divide(routes, onlyLyon), without);
  assert.equal(divide(routes, both).get(10_000), routes.get(10_000));
});

test('a mirror whose weights change changes its own routes alone', () => {
  const { divide } = createDivision();
  const [one, other] = [twofold(10_000, 3), twofold(20_000, 3)];
  const before = divide(routesByPort([...one, ...other]), both);
  assert.equal(before.get(10_001)?.instead?.share, 5_000);
  const after = divide(routesByPort([...one, ...twofold(20_000, 2)]), both);
  assert.deepEqual(
    [10_000, 10_001].map((port) => after.get(port) === before.get(port)),
    [true, true],
  );
  assert.equal(after.get(20_001)?.instead?.share, 3_333);
});

test('routes that go are forgotten', () => {
  const { divide, dependsOn } = createDivision();
  divide(routesByPort(twofold(10_000)), both);
  assert.deepEqual([dependsOn(['rome', 'lyon']), dependsOn(['rome'])], [true, false]);
  assert.equal(divide(routesByPort<Route>([]), both).size, 0);
  assert.equal(dependsOn(both), false);
  assert.equal(divide(routesByPort<Route>([]), onlyLyon).size, 0);
});

test('a link is silent when probes have found it so', () => {
  const report = { answering: [] };
  const reports = new Map([
    ['unknown', { ...report, healthy: false }],
    ['failed', { ...report, healthy: false, reason: 'ProbeFailed' as const }],
    ['nameless', { ...report, healthy: false, reason: 'Unresolved' as const }],
    ['good', { ...report, healthy: true, reason: 'Healthy' as const }],
  ]);
  assert.deepEqual([...silentLinks(reports)], ['failed', 'nameless']);
});

test('differingLinks() finds those that came and those that went', () => {
  assert.deepEqual(differingLinks(new Set(['a', 'b']), new Set(['b', 'c'])), ['a', 'c']);
});
