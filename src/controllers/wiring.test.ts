import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aConfigMap,
  aLink,
  aMirror,
  aNamespace,
  aSecret,
  aService,
  aSlice,
  condition,
  holding,
  inNamespace,
  labelled,
  metadata,
  named,
  of,
  ownedBy,
  served,
  spec,
  type Change,
} from '../../test/gen/gen.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { someWiring } from '../../test/gen/wiring.js';
import type { KubeObject } from '../api/objects.js';
import type { Link } from '../api/link.js';
import { ownNames } from '../api/names.js';
import { wiring } from './wiring.js';

// Two mirrors of Paris, one of Lyon: three keys to be told apart.
const hello = aMirror('hello-mirror', holding({ 80: 10_000 }), served);
const inShop = [of('paris', 'shop/cart'), inNamespace('shop'), holding({ 80: 10_001 }), served];
const cart = aMirror('cart-mirror', ...inShop);
const lyon = aMirror('lyon-mirror', of('lyon', 'default/hello'), named('hello-lyon'), served);
const paris = aLink('paris');
const [helloService, helloSlice] = [aService('hello', ownedBy(hello)), aSlice('hello')];
const left = aService('left', ownedBy(aMirror('gone')));

type Table = ReturnType<typeof wiring>;
/** Rows of the table that a case has used. */
const used = new Set<string>();

/** What is woken: `queue key`, with `+` and the wait when it is not at once. What is forgotten: `-memory key`. */
function woken(
  change: (table: Table) => void,
  fake = aFakeCluster(hello, cart, lyon, paris, aLink('lyon'), helloService, helloSlice, left),
) {
  const found: string[] = [];
  const options = someWiring({
    wake: (queue, key, { afterMs } = {}) =>
      found.push(afterMs === undefined ? `${queue} ${key}` : `${queue} ${key} +${afterMs}`),
    forget: (memory, key) => found.push(key === undefined ? `-${memory}` : `-${memory} ${key}`),
  });
  const table = wiring(fake.caches, options);
  change(new Proxy(table, { get: (rows, row: keyof Table) => (used.add(row), rows[row]) }));
  return [...new Set(found)].toSorted();
}

const all = (...keys: string[]) => keys.flatMap((key) => [`services ${key}`, `endpoints ${key}`]);
const first = (...keys: string[]) => keys.map((key) => `services ${key}`);
const paths = (...keys: string[]) => keys.map((key) => `endpoints ${key}`);
const [HELLO, CART, LYON] = ['default/hello-mirror', 'shop/cart-mirror', 'default/lyon-mirror'];

const added = <T extends KubeObject>(object: T) => ({ type: 'added', object }) as const;
const updated = <T extends KubeObject>(object: T, previous: T) =>
  ({ type: 'updated', object, previous }) as const;
const deleted = <T extends KubeObject>(object: T) => ({ type: 'deleted', object }) as const;

const memories = ['remote', 'renewals', 'probes', 'unmade', 'deletions'];
const CA = ['gateway gateway', 'rotation rotation'];
const exports = 'exports exports +1000';
const health = ['health paris', 'health lyon'];
/** What a new Link to Paris wakes. */
const LINK = ['-peers', 'links paris', ...health, ...CA, exports, ...all(HELLO, CART)];

const healthy: Change<Link> = (link) => {
  link.status = { ...link.status, conditions: [condition('GatewayHealthy')] };
};
const counting =
  (ready: number): Change<Link> =>
  (link) => {
    link.status = { ...link.status, mirrors: { total: 2, ready, display: `${ready}/2` } };
  };

const cases: Record<string, { when: (table: Table) => void; wakes: string[] }> = {
  'a mirror wakes itself, and later the count of its Link': {
    when: (table) => table.mirror(added(hello)),
    wakes: [...all(HELLO), 'links paris +1000'],
  },
  'a mirror that changes its Link wakes both counts': {
    when: (table) => table.mirror(updated(aMirror('hello-mirror', of('lyon', 'default/hello')), hello)),
    wakes: [...all(HELLO), 'links paris +1000', 'links lyon +1000'],
  },
  'a mirror that goes wakes itself, and whoever wants its name': {
    when: (table) => table.mirror(deleted(aMirror('rival', named('hello-lyon')))),
    wakes: [
      '-ports uid-servicemirror-rival',
      ...['-firsts', '-refusals', '-suspects'].map((memory) => `${memory} default/rival`),
      ...all('default/rival', LYON),
      'links paris +1000',
    ],
  },
  'a new Link wakes its controllers, the gateway, its mirrors, and the health of all Links: two may claim one peer':
    {
      when: (table) => table.link(added(paris)),
      wakes: LINK,
    },
  'a Link with another spec under the same generation, out of a backup, wakes no less': {
    when: (table) => table.link(updated(aLink('paris', spec({ clusterDomain: 'x' })), paris)),
    wakes: LINK,
  },
  'a Link with the same spec under another generation says that it has seen it, and wakes no mirror': {
    when: (table) => table.link(updated(aLink('paris', metadata({ generation: 2 })), paris)),
    wakes: ['links paris', 'health paris'],
  },
  'a Link whose conditions change wakes no mirror and no other Link': {
    when: (table) => table.link(updated(aLink('paris', healthy), paris)),
    wakes: ['links paris', 'health paris'],
  },
  'a Link that only counts its mirrors anew wakes nobody': {
    when: (table) =>
      table.link(updated(aLink('paris', healthy, counting(2)), aLink('paris', healthy, counting(1)))),
    wakes: [],
  },
  'a Link that goes wakes the same as a new one': {
    when: (table) => table.link(deleted(paris)),
    wakes: [...LINK, '-refusals Link paris', ...memories.map((memory) => `-${memory} paris`)],
  },
  'a Service of ours wakes its mirror': {
    when: (table) => table.service(added(helloService)),
    wakes: all(HELLO),
  },
  'a Service of somebody else wakes who wants its name': {
    when: (table) => table.service(added(aService('hello-lyon'))),
    wakes: [...all(LYON), exports],
  },
  'a Service of a mirror that is gone wakes the key of that mirror': {
    when: (table) => table.service(added(left)),
    wakes: all('default/gone'),
  },
  'any other Service wakes what is exported': {
    when: (table) => table.service(added(aService('other'))),
    wakes: [exports],
  },
  'a Service that is no mirror any more wakes what is exported': {
    when: (table) => table.service(updated(aService('hello'), helloService)),
    wakes: [...all(HELLO), exports],
  },
  'the Service of our ingress gateway wakes the gateway': {
    when: (table) => table.service(added(aService(ownNames.ingress, inNamespace('service-mirror')))),
    wakes: ['gateway gateway', exports],
  },
  'a slice wakes the mirror of its Service': {
    when: (table) => table.slice(added(aSlice('hello'))),
    wakes: all(HELLO),
  },
  'a slice that is given to another Service wakes the mirror that it was taken from': {
    when: (table) => table.slice(updated(aSlice('other'), aSlice('hello'))),
    wakes: all(HELLO),
  },
  'a slice of a Service of a mirror that is gone wakes the key of that mirror': {
    when: (table) => table.slice(added(aSlice('left'))),
    wakes: all('default/gone'),
  },
  'a slice that is given to another Service wakes both mirrors': {
    when: (table) => table.slice(updated(aSlice('hello-lyon'), aSlice('hello'))),
    wakes: all(HELLO, LYON),
  },
  'a slice without a Service wakes who wants that name': {
    when: (table) => table.slice(deleted(aSlice('cart', inNamespace('shop')))),
    wakes: all(CART),
  },
  'a namespace wakes its mirrors and what is exported when it is seen first': {
    when: (table) => table.namespace(added(aNamespace('shop'))),
    wakes: [...all(CART), exports],
  },
  'a namespace whose labels change wakes the same': {
    when: (table) =>
      table.namespace(updated(aNamespace('shop', labelled({ team: 'a' })), aNamespace('shop'))),
    wakes: [...all(CART), exports],
  },
  'a namespace that changes otherwise wakes nobody': {
    when: (table) =>
      table.namespace(updated(aNamespace('shop', metadata({ annotations: { a: 'b' } })), aNamespace('shop'))),
    wakes: [],
  },
  'credentials wake the Links that name them': {
    when: (table) => table.secret(added(aSecret('link-paris', {}))),
    wakes: ['links paris'],
  },
  'certificates wake the gateway and the rotation': {
    when: (table) => table.secret(added(aSecret(ownNames.ca, {}, (draft) => (draft.type = 'Opaque')))),
    wakes: CA,
  },
  'our own identity wakes the gateway': {
    when: (table) => table.configMap(deleted(aConfigMap(ownNames.identity, {}))),
    wakes: ['gateway gateway'],
  },
  'the peers wake the gateway and what is exported': {
    when: (table) => table.configMap(added(aConfigMap(ownNames.peers, {}))),
    wakes: ['-peers', 'gateway gateway', exports],
  },
  'webhooks wake what is exported': { when: (table) => table.exported(), wakes: [exports] },
  'what callers trust wakes the rotation, and the gateway that asks for it': {
    when: (table) => table.configMap(added(aConfigMap(ownNames.callers, {}))),
    wakes: ['gateway gateway', 'rotation rotation'],
  },
  "the record of egress ports wakes the gateway controller, which tells whether it is somebody else's": {
    when: (table) => table.configMap(added(aConfigMap(ownNames.ports, {}))),
    wakes: ['gateway gateway'],
  },
  'any other ConfigMap wakes nobody': {
    when: (table) => table.configMap(added(aConfigMap('kube-root-ca.crt', {}))),
    wakes: [],
  },
  'a remote Service wakes its mirrors of that Link, and no others': {
    when: (table) => table.remote('paris', { kind: 'service', part: 'service', key: 'default/hello' }),
    wakes: all(HELLO),
  },
  'a remote identity wakes what depends on who the peer is': {
    when: (table) => table.remote('paris', { kind: 'identity' }),
    wakes: ['-peers', 'gateway gateway', exports, 'links paris', ...health, ...paths(HELLO, CART)],
  },
  'another word on contact wakes the Link alone': {
    when: (table) => table.remote('paris', { kind: 'contact' }),
    wakes: ['links paris'],
  },
  'contact won or lost wakes the Link and its mirrors': {
    when: (table) => table.remote('paris', { kind: 'state' }),
    wakes: ['-peers', 'links paris', ...first(HELLO, CART)],
  },
  'a gateway that comes or goes wakes all Links and all mirrors': {
    when: (table) => table.egressGateways({ kind: 'membership' }),
    wakes: [...health, 'rotation rotation', ...paths(HELLO, CART, LYON)],
  },
  'gateways of other families wake the Services of all mirrors': {
    when: (table) => table.egressGateways({ kind: 'families' }),
    wakes: first(HELLO, CART, LYON),
  },
  'a family that Services may have, or not, wakes all mirrors': {
    when: (table) => table.families(),
    wakes: first(HELLO, CART, LYON),
  },
  'routes wake the mirrors that hold their ports, a moment later those without slices': {
    when: (table) => table.egressGateways({ kind: 'routes', ports: [10_000, 10_001, 10_002] }),
    wakes: [...paths(HELLO), ...paths(CART).map((path) => `${path} +250`)],
  },
  'links seen differently wake their mirrors and the rotation': {
    when: (table) => table.egressGateways({ kind: 'links', links: ['lyon'] }),
    wakes: ['health lyon', 'rotation rotation', ...paths(LYON)],
  },
  'a cluster that is watched no more wakes what depends on who its peer is': {
    when: (table) => table.unwatched('paris'),
    wakes: ['-peers', '-series paris', 'gateway gateway', exports, ...health],
  },
  'a write that is refused wakes the status of its mirror': {
    when: (table) => table.refusal(HELLO),
    wakes: [`status ${HELLO}`],
  },
  'a mirror whose slices are done wakes its status': {
    when: (table) => table.done('endpoints', HELLO, 'normal'),
    wakes: [`status ${HELLO}`],
  },
  'other addresses of our own gateway wake the gateway': {
    when: (table) => table.addresses(),
    wakes: ['gateway gateway'],
  },
  'automatic mirrors that are missing are told by their Link': {
    when: (table) => table.imports('paris'),
    wakes: ['links paris +1000'],
  },
  'a probe wakes its Link and its mirrors': {
    when: (table) => table.probe('lyon'),
    wakes: ['health lyon', ...paths(LYON)],
  },
};

describe('wiring()', () => {
  for (const [sentence, { when, wakes }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(woken(when), [...new Set(wakes)].toSorted()));
  }

  it('a new leader wakes everything, and the keys of mirrors that went while nobody looked', () => {
    assert.deepEqual(
      woken((table) => table.everything(), aFakeCluster(hello, paris, left)),
      [
        ...CA,
        exports,
        ...['paris', 'local'].flatMap((link) => [`links ${link}`, `health ${link}`]),
        ...first(HELLO, 'default/gone').map((woke) => `${woke} +5000`),
      ].toSorted(),
    );
  });

  it('has a case for each row', () => {
    const rows = Object.keys(wiring(aFakeCluster().caches, someWiring()));
    // those two are in wiring-invitations.test.ts and wiring-counts.test.ts
    assert.deepEqual([...used, 'invitation', 'held'].toSorted(), rows.toSorted());
  });
});
