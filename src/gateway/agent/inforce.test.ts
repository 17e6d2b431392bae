import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Peer } from '../../protocol/peer.js';
import { nowhereToDial, type NotInForce, portRefused } from '../outcome.js';
import { ImmutableMap } from '../../runtime/immutable.js';
import type { Route } from '../model.js';
import { routesByPort } from '../ports.js';
import { createInForce } from './inforce.js';

const aPeer = (link: string): Peer => ({
  ...{ link, cluster: link, caBundle: '', addresses: [] },
  probe: { period: 1, timeout: 1, failureThreshold: 1, successThreshold: 1 },
});
const peers = [aPeer('paris'), aPeer('rome')];
const routes = routesByPort<Route>([
  { port: 10_000, link: 'paris', serviceId: 's-a' },
  { port: 10_001, link: 'paris', serviceId: 's-b' },
  { port: 10_002, link: 'rome', serviceId: 's-c' },
  { port: 10_003, link: 'oslo', serviceId: 's-d' },
]);
const waiting = { reason: 'ReloadPending', message: '' } as const;
const all = [10_000, 10_001, 10_002];

const cases: Record<string, readonly [missing: NotInForce[], ports: number[]]> = {
  'nothing is missing, but a peer that nobody knows': [[], all],
  'a port cannot be had': [[portRefused(10_001)], [10_000, 10_002]],
  'a peer cannot be called': [[nowhereToDial('paris')], [10_002]],
  'a peer and a port': [[nowhereToDial('rome'), portRefused(10_000)], [10_001]],
  'an address of a peer is not in use': [
    [{ kind: 'address', link: 'paris', address: { host: '192.0.2.1', port: 1 }, ...waiting }],
    all,
  ],
  'CAs and our certificate are those of before': [
    [
      { kind: 'bundle', link: 'paris', ...waiting },
      { kind: 'certificate', ...waiting },
    ],
    all,
  ],
};

for (const [what, [missing, ports]] of Object.entries(cases))
  test(`routes in force: ${what}`, () => {
    assert.deepEqual([...createInForce()({ routes, peers }, missing).keys()], ports);
  });

test('destinations in force are the same map while nothing changes, and say nothing of alternatives', () => {
  const inForce = createInForce();
  const first = inForce({ routes, peers }, [portRefused(10_000)]);
  assert.deepEqual(first.get(10_001), { link: 'paris', serviceId: 's-b' });
  const instead = { link: 'rome', serviceId: 's-b', share: 1 };
  const divided = routes.with([[10_001, { ...routes.get(10_001)!, instead }]]);
  assert.deepEqual(createInForce()({ routes: divided, peers }, [portRefused(10_000)]), first);
  assert.equal(inForce({ routes, peers }, [portRefused(10_000)]), first);
  assert.deepEqual([...inForce({ routes, peers }, []).keys()], all);
  assert.equal(inForce({ routes: ImmutableMap.of(), peers }, []).size, 0);
});
