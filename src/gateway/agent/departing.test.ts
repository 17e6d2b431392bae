import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Destination } from '../../protocol/applied.js';
import type { Route } from '../model.js';
import { routesByPort } from '../ports.js';
import { createDepartures as create } from './departing.js';

const paris = new Set(['paris']);
const a = { port: 10_000, link: 'paris', serviceId: 's-a' };
const b = { port: 10_001, link: 'paris', serviceId: 's-b' };

/** Departures whose routes are lists; the mirror of a route has the service ID as its UID. */
function createDepartures(linger: number) {
  const departures = create(linger);
  return (
    routes: readonly Route[],
    links: ReadonlySet<string>,
    now: number,
    revoked: readonly string[] | Readonly<Record<string, readonly Destination[]>> = [],
  ) => {
    const withdrawn: readonly (readonly [string, readonly Destination[]])[] =
      revoked instanceof Array ? revoked.map((mirror) => [mirror, []] as const) : Object.entries(revoked);
    const routing = {
      routes: routesByPort(routes),
      revoked: new Map(withdrawn),
      mirrorOf: ({ serviceId }: Route) => serviceId,
    };
    const { ended, ...departure } = departures(routing, links, now);
    return {
      ...departure,
      ...(ended.size > 0 && { ended: Object.fromEntries(ended) }),
      routes: [...departure.routes.values()].sort((one, other) => one.port - other.port),
    };
  };
}

test('a route stays for its time after its mirror has gone, and then goes', () => {
  const departures = createDepartures(10_000);
  assert.deepEqual(departures([a, b], paris, 0), { routes: [a, b] });
  assert.deepEqual(departures([b], paris, 5_000), { routes: [a, b], lookAgainIn: 10_000 });
  assert.deepEqual(departures([b], paris, 14_999), { routes: [a, b], lookAgainIn: 1 });
  assert.deepEqual(departures([b], paris, 15_000), { routes: [b] });
});

test('the next look is when the first of several goes', () => {
  const departures = createDepartures(10_000);
  departures([a, b], paris, 0);
  departures([b], paris, 1_000);
  assert.equal(departures([], paris, 3_000).lookAgainIn, 8_000);
});

test('a port that is wanted again is given at once, and its old route does not come back', () => {
  const departures = createDepartures(10_000);
  departures([a], paris, 0);
  departures([], paris, 1_000);
  const again = { ...a, serviceId: 's-c' };
  assert.deepEqual(departures([again], paris, 2_000), { routes: [again] });
});

test('a route whose peer is gone does not stay', () => {
  const departures = createDepartures(10_000);
  departures([a], paris, 0);
  assert.deepEqual(departures([], new Set(), 1_000), { routes: [] });
  assert.deepEqual(departures([], paris, 2_000), { routes: [] });
});

test('a route that its mirror may no longer have goes at once, and its connections with it', () => {
  const departures = createDepartures(10_000);
  departures([a, b], paris, 0);
  assert.deepEqual(departures([b], paris, 1_000, ['s-a']), { routes: [b], ended: { [a.port]: [] } });
  assert.deepEqual(departures([b], paris, 2_000), { routes: [b], ended: { [a.port]: [] } });
  assert.deepEqual(departures([a, b], paris, 3_000), { routes: [a, b] });
});

test('a route that is leaving goes at once when its mirror is not accepted any more', () => {
  const departures = createDepartures(10_000);
  departures([a], paris, 0);
  departures([], paris, 1_000);
  assert.deepEqual(departures([], paris, 2_000, ['s-a']), { routes: [], ended: { [a.port]: [] } });
});

test('a port whose route comes to lead elsewhere is not among those that ended', () => {
  const departures = createDepartures(10_000);
  departures([a], paris, 0);
  const other = { ...a, serviceId: 's-c' };
  assert.deepEqual(departures([other], paris, 1_000, ['s-a']), { routes: [other] });
});

const [toLyon, toRome] = [
  { link: 'lyon', serviceId: 's-a' },
  { link: 'rome', serviceId: 's-a' },
];

test('of a port that was withdrawn, what went to a backend that the mirror still has stays, until that one goes too', () => {
  const departures = createDepartures(10_000);
  departures([a], paris, 0);
  const left = (...destinations: Destination[]) => ({ routes: [], ended: { [a.port]: destinations } });
  assert.deepEqual(departures([], paris, 1_000, { 's-a': [toLyon, toRome] }), left(toLyon, toRome));
  assert.deepEqual(departures([], paris, 2_000, { 's-b': [] }), left(toLyon, toRome), 'of another mirror');
  assert.deepEqual(departures([], paris, 3_000, { 's-a': [toRome] }), left(toRome));
  assert.deepEqual(departures([], paris, 4_000, { 's-a': [toLyon] }), left());
});
