import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadsElsewhere, routesByPort } from './ports.js';

test('routesByPort() takes a list, and gives back a map of ports as it is', () => {
  const route = { port: 10_000, link: 'paris', serviceId: 's-a' };
  const map = routesByPort([route]);
  assert.equal(map.get(10_000), route);
  assert.equal(routesByPort(map), map);
});

test('leadsElsewhere() asks for another link or another service; nowhere is not elsewhere', () => {
  const before = { link: 'paris', serviceId: 's-a' };
  const cases = [{ ...before }, { ...before, link: 'rome' }, { ...before, serviceId: 's-b' }, undefined];
  assert.deepEqual(
    cases.map((now) => leadsElsewhere(before, now)),
    [false, true, true, false],
  );
});
