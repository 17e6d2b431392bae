import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '../../protocol/routes.js';
import { type Allowed, routesByPort } from '../ports.js';
import { bar, type Barred, barredBy, isBarred } from './barred.js';

const some = (...links: string[]): Barred => new Set(links);

const bars: Record<string, readonly [before: Barred | undefined, more: Barred, after: Barred]> = {
  'one link': [undefined, some('a'), some('a')],
  'one link more': [some('a'), some('b'), some('a', 'b')],
  'all of it': [some('a'), 'all', 'all'],
  'nothing more than all': ['all', some('a'), 'all'],
};
for (const [what, [before, more, after]] of Object.entries(bars))
  test(`a port is barred: ${what}`, () => {
    const ports = new Map(before === undefined ? [] : [[20_000, before]]);
    bar(ports, new Map([[20_000, more]]));
    assert.deepEqual(ports, new Map([[20_000, after]]));
  });

test('a session is over by its link; one that has none yet is over if any is', () => {
  const over = (barred: Barred | undefined) => ['a', 'b', undefined].map((link) => isBarred(barred, link));
  assert.deepEqual(over(undefined), [false, false, false]);
  assert.deepEqual(over(some('a')), [true, false, true]);
  assert.deepEqual(over('all'), [true, true, true]);
});

const place = { state: 'Serving', priority: 0, weight: 1 } as const;
const paris = { link: 'paris', serviceId: 's-a', port: 10_000, place };
const lyon = { link: 'lyon', serviceId: 's-a', port: 10_001, place };
const route = (port: number, ...backends: [typeof paris, ...(typeof paris)[]]): Route => ({
  ...{ port, link: backends[0].link, serviceId: backends[0].serviceId },
  ...(backends.length > 1 && { backends }),
});
const both = [route(10_000, paris, lyon), route(10_001, lyon, paris)];

const changes: Record<string, readonly [Route[], Allowed['ended'], expected: [number, Barred][]]> = {
  'nothing, while nothing is withdrawn': [both, undefined, []],
  'nothing of a port that has no route any more': [[], undefined, []],
  'what leads to a backend that left, of its own port and of the other': [
    [route(10_000, paris)],
    new Map([[10_001, [paris]]]),
    [
      [10_000, some('lyon')],
      [10_001, some('lyon')],
    ],
  ],
  'all of a mirror that is refused': [
    [],
    new Map([
      [10_000, []],
      [10_001, []],
    ]),
    [
      [10_000, 'all'],
      [10_001, 'all'],
    ],
  ],
  'all of a port that has come to be of another service': [
    [route(10_000, { ...paris, serviceId: 's-b' })],
    undefined,
    [[10_000, 'all']],
  ],
};
for (const [what, [routes, ended, expected]] of Object.entries(changes))
  test(`barredBy() bars ${what}`, () => {
    const before = { routes: routesByPort(both) };
    assert.deepEqual(barredBy(before, { routes: routesByPort(routes), ended }), new Map(expected));
  });

test('barredBy() bars what is withdrawn of a port that was withdrawn before', () => {
  const none = routesByPort<Route>([]);
  const before = { routes: none, ended: new Map([[10_001, [paris]]]) };
  assert.deepEqual(
    barredBy(before, { routes: none, ended: new Map([[10_001, []]]) }),
    new Map([[10_001, 'all']]),
  );
  assert.equal(barredBy(before, before).size, 0);
});
