import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '../protocol/routes.js';
import { chooseDestination, destinationsOf, isAstray, routesByPort } from './ports.js';

const own = { link: 'paris', serviceId: 's-a' };
const other = { link: 'lyon', serviceId: 's-b' };
const place = { state: 'Serving', priority: 0, weight: 1 } as const;
const route = { port: 10_000, ...own };
const divided: Route = { ...route, instead: { ...other, share: 2_500 } };

test('routesByPort() takes a list, and gives back a map of ports as it is', () => {
  const map = routesByPort([route]);
  assert.equal(map.get(10_000), route);
  assert.equal(routesByPort(map), map);
});

const mayGoOn: Record<string, readonly [Route | undefined, kept: (typeof own)[] | undefined, boolean]> = {
  'to where its port leads': [route, undefined, true],
  'to another backend, whoever gets new connections': [
    { ...route, ...other, backends: [own, other].map((one) => ({ ...one, place })) },
    undefined,
    true,
  ],
  'to the alternative': [{ ...route, ...other, instead: { ...own, share: 1 } }, undefined, true],
  'over a port that has no route any more': [undefined, undefined, true],
  'over a port that was taken back, to a backend that stays': [undefined, [other, own], true],
  'over a port that was taken back': [undefined, [], false],
  'to another link': [{ ...route, link: 'rome' }, undefined, false],
  'to another service': [{ ...route, serviceId: 's-b' }, undefined, false],
  'to a backend that left': [{ ...route, ...other, backends: [{ ...other, place }] }, undefined, false],
};
for (const [which, [now, kept, goesOn]] of Object.entries(mayGoOn))
  test(`isAstray(): a connection ${which} ${goesOn ? 'goes on' : 'ends'}`, () => {
    const routes = routesByPort(now === undefined ? [] : [now]);
    const ended = kept === undefined ? undefined : new Map([[10_000, kept]]);
    assert.equal(isAstray({ port: 10_000, ...own }, { routes, ended }), !goesOn);
  });

test('destinationsOf() gives all backends, and without them the present destinations', () => {
  assert.deepEqual(destinationsOf(route), [route]);
  assert.deepEqual(destinationsOf(divided), [divided, divided.instead]);
});

const choices: Record<string, readonly [Route, callable: string, random: number, link: string]> = {
  'its own without an alternative': [route, 'paris lyon', 0, 'paris'],
  'the alternative below its share': [divided, 'paris lyon', 0.2499, 'lyon'],
  'its own from the share on': [divided, 'paris lyon', 0.25, 'paris'],
  'its own if the alternative cannot be called': [divided, 'paris', 0, 'paris'],
  'the alternative if its own cannot be called': [divided, 'lyon', 0.9, 'lyon'],
  'its own if neither can': [divided, '', 0, 'paris'],
};
for (const [what, [from, callable, random, link]] of Object.entries(choices))
  test(`chooseDestination() gives ${what}`, () => {
    const canCall = (one: string) => callable.split(' ').includes(one);
    assert.equal(chooseDestination(from, canCall, () => random).link, link);
  });
