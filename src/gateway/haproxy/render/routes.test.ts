import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routesByPort } from '../../ports.js';
import { createRouteMap } from './routes.js';

const endpoints = [{ ip: '192.0.2.10', port: 4143, good: true }];
const paris = { link: 'cluster-a', cluster: 'paris', endpoints };
const routes = routesByPort([
  { port: 10_000, link: 'cluster-a', serviceId: 's-a' },
  { port: 10_001, link: 'cluster-b', serviceId: 's-b' },
]);

test('a route map leaves out routes whose peer cannot be called, until it can', () => {
  const map = createRouteMap();
  assert.deepEqual([...map(routes, [paris])], [['10000', 'cluster-a|s-a.paris.mirror.internal']]);
  const oslo = { link: 'cluster-b', cluster: 'oslo', endpoints };
  assert.equal(map(routes, [paris, oslo]).get('10001'), 'cluster-b|s-b.oslo.mirror.internal');
  assert.equal(map(routes, [paris, { ...oslo, endpoints: [] }]).has('10001'), false);
});

test('a route map stays the same object while neither routes nor clusters change', () => {
  const map = createRouteMap();
  const first = map(routes, [paris]);
  const elsewhere = [{ ip: '192.0.2.11', port: 4143, good: false }];
  assert.equal(map(routes, [{ ...paris, endpoints: elsewhere }]), first);
  assert.notEqual(map(routes, [{ ...paris, cluster: 'lyon' }]), first);
});
