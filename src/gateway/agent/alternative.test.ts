import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers } from '../../../test/gen/numbers.js';
import type { BackendState } from '../../api/mirrorstatus.js';
import { type Route, type RoutedBackend, whole } from '../../protocol/routes.js';
import { aliasOf, alternativeOf } from './alternative.js';

interface Wish {
  readonly weight?: number;
  readonly priority?: number;
  readonly state?: BackendState;
  /** It does not have the service port. */
  readonly without?: true;
  /** Its link is not usable. */
  readonly silent?: true;
}

/** Backends by link, and the routes of their ports. */
function aGroup(wishes: Readonly<Record<string, Wish>>) {
  const backends = Object.entries(wishes).map(
    ([link, { weight = 1, priority = 0, state = 'Serving', without }], at): RoutedBackend => ({
      ...{ link, serviceId: 's-a', place: { weight, priority, state } },
      ...(!without && { port: 10_000 + at }),
    }),
  );
  const routes = backends.flatMap(({ link, serviceId, port }): Route[] =>
    port === undefined ? [] : [{ link, serviceId, port, backends }],
  );
  const isUsable = (link: string) => wishes[link]?.silent === undefined;
  return routes.map((route) => ({ ...route, instead: alternativeOf(route, isUsable) }));
}

/** Where the connections of each port go, as `to share`. */
function given(wishes: Readonly<Record<string, Wish>>): Record<string, string> {
  const divided = aGroup(wishes).filter(({ instead }) => instead !== undefined);
  return Object.fromEntries(divided.map(({ link, instead }) => [link, `${instead!.link} ${instead!.share}`]));
}

/** The part of each link, if nodes spread connections evenly over the ports of those that serve. */
function partsOf(wishes: Readonly<Record<string, Wish>>): Map<string, number> {
  const arriving = aGroup(wishes).filter(({ link }) => {
    const { state = 'Serving', weight = 1 } = wishes[link]!;
    return state === 'Serving' && weight > 0;
  });
  const parts = new Map<string, number>();
  const add = (link: string, part: number) =>
    parts.set(link, (parts.get(link) ?? 0) + part / arriving.length);
  for (const { link, instead } of arriving) {
    add(link, 1 - (instead?.share ?? 0) / whole);
    if (instead !== undefined) add(instead.link, instead.share / whole);
  }
  return parts;
}

const standby = { priority: 1, state: 'Standby' } as const;
const groups: Record<string, readonly [wishes: Record<string, Wish>, given: Record<string, string>]> = {
  'equal weights need none': [{ a: {}, b: {}, c: {} }, {}],
  'three to one': [{ a: { weight: 3 }, b: {} }, { b: 'a 5000' }],
  'who cannot answer gives all away': [{ a: { silent: true }, b: {} }, { a: 'b 10000' }],
  'all of those that serve are silent: the lowest priority of the others': [
    { a: { silent: true }, b: { ...standby, priority: 2 }, c: standby },
    { a: 'c 10000' },
  ],
  'a backend that stands by and is silent gives what still comes to one that serves': [
    { a: {}, b: { ...standby, silent: true } },
    { b: 'a 10000' },
  ],
  'one that stands by keeps what still comes': [{ a: {}, b: standby }, {}],
  'one that cannot serve does not': [{ a: {}, b: { state: 'NotReady' } }, { b: 'a 10000' }],
  'one that cannot serve is no target': [{ a: { silent: true }, b: { state: 'NotReady' } }, {}],
  'one of weight 0 is no target': [{ a: { silent: true }, b: { ...standby, weight: 0 } }, {}],
  'one without the service port is no target': [{ a: { silent: true }, b: { without: true } }, {}],
  'where none can answer all stay': [{ a: { silent: true }, b: { ...standby, silent: true } }, {}],
};
for (const [what, [wishes, expected]] of Object.entries(groups))
  test(`alternatives: ${what}`, () => assert.deepEqual(given(wishes), expected));

test('a route of no group has no alternative', () => {
  assert.equal(
    alternativeOf({ port: 1, link: 'a', serviceId: 's-a' }, () => true),
    undefined,
  );
});

test('backends that take over from several ports get parts by their weights', () => {
  const silent = { silent: true } as const;
  const wishes = { a: silent, b: silent, c: silent, d: silent, e: { ...standby, weight: 3 }, f: standby };
  const parts = partsOf(wishes);
  assert.deepEqual(Object.fromEntries(parts), { a: 0, b: 0, c: 0, d: 0, e: 0.75, f: 0.25 });
});

test('weights hold within a tenth of a point, whichever links are silent', () => {
  const random = numbers(11);
  for (let round = 0; round < 500; round++) {
    const wishes = Object.fromEntries(
      Array.from({ length: 2 + random(31) }, (_, at): [string, Wish] => [
        `l${at}`,
        {
          weight: random(4) === 0 ? 1 + random(1_000) : 1 + random(3),
          ...(random(4) === 0 && { silent: true }),
        },
      ]),
    );
    const heard = Object.entries(wishes).filter(([, { silent }]) => !silent);
    const sum = heard.reduce((all, [, { weight = 1 }]) => all + weight, 0);
    if (sum === 0) continue;
    const parts = partsOf(wishes);
    for (const [link, { weight = 1, silent }] of Object.entries(wishes)) {
      const wanted = silent ? 0 : weight / sum;
      assert.ok(Math.abs((parts.get(link) ?? 0) - wanted) < 0.001, `${link} of ${JSON.stringify(wishes)}`);
    }
  }
});

test('aliasOf() gives no part away where there is nobody else', () => {
  assert.equal(aliasOf([7], 0), undefined);
  assert.deepEqual(aliasOf([99, 1], 1), { to: 0, part: 0.98 });
});
