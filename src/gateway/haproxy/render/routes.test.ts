import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '../../model.js';
import { routesByPort } from '../../ports.js';
import { createRouteMap } from './routes.js';

const endpoints = [{ ip: '192.0.2.10', port: 4143, good: true }];
const paris = { link: 'cluster-a', cluster: 'paris', endpoints };
const oslo = { link: 'cluster-b', cluster: 'oslo', endpoints };
const routes = routesByPort([
  { port: 10_000, link: 'cluster-a', serviceId: 's-a' },
  { port: 10_001, link: 'cluster-b', serviceId: 's-b' },
]);

test('a route map leaves out routes whose peer cannot be called, until it can', () => {
  const map = createRouteMap();
  assert.deepEqual([...map(routes, [paris])], [['10000', 'cluster-a|s-a.paris.mirror.internal']]);
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

const divided = (more: Partial<Route> = {}): Route => ({
  ...{ port: 10_000, link: 'cluster-a', serviceId: 's-a' },
  instead: { link: 'cluster-b', serviceId: 's-b', share: 2_500 },
  ...more,
});
const [own, other] = ['cluster-a|s-a.paris.mirror.internal', 'cluster-b|s-b.oslo.mirror.internal'];
const nowhere = { endpoints: [] };

const entries: Record<string, readonly [Route, callees: (typeof paris)[], entry: string | undefined]> = {
  'both destinations and the share': [divided(), [paris, oslo], `${own}||${other}|2500`],
  'that it is pooled, too': [divided({ pooled: true }), [paris, oslo], `${own}|pooled|${other}|2500`],
  'its own alone, if the other cannot be called': [divided(), [paris], own],
  'the other alone, if its own cannot be called': [
    divided({ pooled: true }),
    [{ ...paris, ...nowhere }, oslo],
    `${other}|pooled`,
  ],
  'nothing, if neither can be called': [divided(), [{ ...paris, ...nowhere }], undefined],
};
for (const [what, [route, callees, entry]] of Object.entries(entries))
  test(`the entry of a route with an alternative says ${what}`, () => {
    assert.equal(createRouteMap()(routesByPort([route]), callees).get('10000'), entry);
  });
