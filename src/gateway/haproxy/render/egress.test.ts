import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capsOf } from '../../caps.js';
import type { Route } from '../../model.js';
import { routesByPort } from '../../ports.js';
import { calledBy, type PeerBackend, type EgressInput, linkOf, renderEgress } from './egress.js';
import type { Layout } from './layout.js';
import { causesOf } from '../reloads.js';
import { createRouteMap } from './routes.js';
import { shapeOf } from './slots.js';

const layout: Layout = {
  directory: '/run/gw',
  limits: {
    threads: 2,
    files: 4_000,
    handshake: 10_000,
    request: 30_000,
    ...capsOf({ perLink: 100, perExport: 50 }, 4_000),
  },
  host: '10.0.0.1',
};
const serviceId = `s-${'0'.repeat(40)}`;
const identity = { cert: 'CERT', key: 'KEY', ca: 'CA' };

function aCallee(changes: Partial<PeerBackend> = {}): PeerBackend {
  const endpoints = [{ ip: '192.0.2.10', port: 4143, good: true }];
  const slots = Math.max(1, (changes.endpoints ?? endpoints).length);
  return { link: 'cluster-a', cluster: 'paris', caBundle: 'PARIS', endpoints, slots, ...changes };
}

function render(changes: Partial<EgressInput> & { readonly routes?: readonly Route[] } = {}, to = layout) {
  const {
    routes = [{ port: 20_000, link: 'cluster-a', serviceId }],
    callees = [aCallee()],
    ...more
  } = changes;
  const ports = [{ first: 20_000, last: 20_499 }];
  const entries = createRouteMap()(routesByPort(routes), callees);
  return renderEgress({ identity, callees, entries, ports, ...more }, to);
}

test('a port leads to the backend of its link, and to the service ID in the domain of the peer', () => {
  const routes = render().maps.get('/run/gw/routes.map');
  assert.deepEqual([...routes!], [['20000', `cluster-a|${serviceId}.paris.mirror.internal`]]);
});

test('a route is left out while its peer is not known, or has no address', () => {
  const routes = [
    { port: 1, link: 'unknown', serviceId },
    { port: 2, link: 'empty', serviceId },
  ];
  const callees = [aCallee({ link: 'empty', endpoints: [] })];
  const { maps, config, bundles } = render({ routes, callees });
  assert.equal(maps.get('/run/gw/routes.map')?.size, 0);
  assert.match(config, /backend to-empty/, 'endpoints that come back need no reload');
  assert.deepEqual(
    bundles.map(({ path }) => path),
    ['/run/gw/ca-empty.pem'],
  );
});

test('routes, CAs and what is good change no configuration, so that they need no reload', () => {
  const bad = aCallee({ endpoints: [{ ip: '192.0.2.10', port: 4143, good: false }] });
  assert.equal(render({ routes: [] }).config, render().config);
  assert.equal(render({ callees: [bad] }).config, render().config);
  assert.equal(render({ callees: [aCallee({ caBundle: 'NEW' })] }).config, render().config);
  assert.equal(render({ identity: { ...identity, cert: 'NEW' } }).config, render().config);
});

test('a route with an alternative needs no other configuration', () => {
  const instead = { link: 'cluster-b', serviceId, share: 5_000 };
  const routes = [{ port: 20_000, link: 'cluster-a', serviceId, instead }];
  const callees = [aCallee(), aCallee({ link: 'cluster-b' })];
  assert.equal(render({ routes, callees }).config, render({ callees }).config);
});

test('the backend of a session says which link it calls, and which one a backend dials', () => {
  assert.deepEqual(['to-a-b', 'read-a', 'pool-a', '<NONE>'].map(calledBy), [
    'a-b',
    'a',
    undefined,
    undefined,
  ]);
  assert.deepEqual(['to-a-b', 'read-a', 'pool-a'].map(linkOf), ['a-b', undefined, 'a']);
});

const reloads: Record<string, Partial<EgressInput>> = {
  'a peer that comes': { callees: [aCallee(), aCallee({ link: 'cluster-b' })] },
  'more servers': { callees: [aCallee({ slots: 4 })] },
  'another block of ports': { ports: [{ first: 20_000, last: 20_999 }] },
};

for (const [what, change] of Object.entries(reloads)) {
  test(`${what} is another configuration`, () => {
    assert.notEqual(shapeOf(render(change).config), shapeOf(render().config));
  });
}

test('an address that comes, goes or changes leaves the shape of the configuration as it is', () => {
  const endpoint = (ip: string) => ({ ip, port: 4143, good: true });
  const withEndpoints = (...ips: string[]) =>
    render({ callees: [aCallee({ endpoints: ips.map(endpoint), slots: 4 })] }).config;
  const [one, other, two] = [
    withEndpoints('192.0.2.1'),
    withEndpoints('fd00::1'),
    withEndpoints('192.0.2.1', 'fd00::1'),
  ];
  assert.equal(new Set([one, other, two]).size, 3, 'the file has them all the same');
  assert.deepEqual(new Set([shapeOf(other), shapeOf(two)]), new Set([shapeOf(one)]));
});

test('a peer is verified under its own CA alone, by the name that is asked for', () => {
  const { config, bundles } = render();
  assert.deepEqual(bundles, [{ path: '/run/gw/ca-cluster-a.pem', text: 'PARIS' }]);
  const [server] = /server s0 .*/.exec(config) ?? [''];
  for (const part of [
    'ca-file /run/gw/ca-cluster-a.pem',
    'verify required',
    'sni var(sess.name)',
    'no-ssl-reuse',
  ])
    assert.ok(server.includes(part), `${part} is not in ${server}`);
  assert.match(
    config,
    /lua\.callee\(spiffe:\/\/paris\.mirror\.internal\/gateway,paris\.mirror\.internal\) -m str no/,
  );
});

test('servers that do not answer are passed over, unless none does', () => {
  const endpoint = (last: number, good: boolean) => ({ ip: `192.0.2.${last}`, port: 4143, good });
  const states = (...endpoints: ReturnType<typeof endpoint>[]) =>
    Object.fromEntries(
      [...render({ callees: [aCallee({ endpoints })] }).servers].map(([name, { ready }]) => [name, ready]),
    );
  assert.deepEqual(states(endpoint(1, true), endpoint(2, false)), {
    'to-cluster-a/s0': true,
    'to-cluster-a/s1': false,
    'pool-cluster-a/s0': true,
    'pool-cluster-a/s1': false,
  });
  assert.deepEqual(states(endpoint(1, false), endpoint(2, false)), {
    'to-cluster-a/s0': true,
    'to-cluster-a/s1': true,
    'pool-cluster-a/s0': true,
    'pool-cluster-a/s1': true,
  });
});

test('one address is bound as it is, of either family', () => {
  assert.match(render().config, /bind ipv4@10\.0\.0\.1:20000-20499 /);
  assert.match(render({}, { ...layout, host: 'fd00::5' }).config, /bind ipv6@\[fd00::5\]:20000-20499 /);
});

test('a port that is listened on leaves a file less to connections', () => {
  const most = (ports: EgressInput['ports']) => Number(/maxconn (\d+)/.exec(render({ ports }).config)?.[1]);
  const [few, many] = [most([{ first: 20_000, last: 20_000 }]), most([{ first: 20_000, last: 21_000 }])];
  assert.equal(few - many, 250);
});

test('keys are in no configuration', () => {
  const { config, certificate } = render();
  assert.doesNotMatch(config, /KEY/);
  assert.deepEqual(certificate, { path: '/run/gw/own.pem', text: 'CERT\nKEY' });
});

test('a part follows from each link, and none of it from where its endpoints are', () => {
  const moved = { endpoints: [{ ip: '192.0.2.99', port: 4143, good: true }] };
  const causes = (...callees: PeerBackend[]) =>
    causesOf(render({ callees: [aCallee(), aCallee({ link: 'b' })] }).parts, render({ callees }).parts);
  assert.deepEqual(causes(aCallee(), aCallee({ link: 'b', caBundle: 'OTHER' })), ['b']);
  assert.deepEqual(causes(aCallee({ slots: 4 }), aCallee({ link: 'b' })), ['cluster-a']);
  assert.deepEqual(causes(aCallee(moved), aCallee({ link: 'b', cluster: 'rome' })), ['b']);
});
