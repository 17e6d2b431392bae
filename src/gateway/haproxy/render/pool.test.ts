import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capsOf } from '../../caps.js';
import { routesByPort } from '../../ports.js';
import { renderEgress } from './egress.js';
import type { Layout } from './layout.js';
import { createRouteMap } from './routes.js';

const layout: Layout = {
  directory: '/run/gw',
  limits: { threads: 2, files: 4_000, handshake: 10_000, request: 30_000, ...capsOf({}, 4_000) },
  host: '10.0.0.1',
};
const serviceId = `s-${'0'.repeat(40)}`;

function render(pooled = true, slots = 1) {
  const endpoints = [{ ip: '192.0.2.10', port: 4143, good: true }];
  const callees = [{ link: 'cluster-a', cluster: 'paris', caBundle: 'PARIS', endpoints, slots }];
  const routes = routesByPort([{ port: 20_000, link: 'cluster-a', serviceId, ...(pooled && { pooled }) }]);
  return renderEgress(
    {
      identity: { cert: 'CERT', key: 'KEY', ca: 'CA' },
      callees,
      entries: createRouteMap()(routes, callees),
      ports: [{ first: 20_000, last: 20_499 }],
    },
    layout,
  );
}

/** The lines of one section. */
function section(config: string, head: string): string[] {
  const [, rest = ''] = config.split(`\n${head}\n`);
  return rest.split('\n\n')[0]!.split('\n');
}

test('a pooled route says so, and needs no other configuration', () => {
  const [pooled, plain] = [render(), render(false)];
  const name = `cluster-a|${serviceId}.paris.mirror.internal`;
  assert.equal(pooled.maps.get('/run/gw/routes.map')?.get('20000'), `${name}|pooled`);
  assert.equal(plain.maps.get('/run/gw/routes.map')?.get('20000'), name);
  assert.equal(pooled.config, plain.config);
});

test('a tunnel that is shared is verified as one of its own is', () => {
  const { config } = render();
  const serverOf = (head: string) => section(config, head).find((line) => line.startsWith('  server s0 '))!;
  const [own, shared] = [serverOf('backend to-cluster-a'), serverOf('backend pool-cluster-a')];
  assert.match(own, /ca-file \/run\/gw\/ca-cluster-a\.pem verify required sni var\(sess\.name\)/);
  assert.match(shared.slice(own.length), /^ maxconn \d+ pool-low-conn /);
  assert.ok(shared.startsWith(own), shared);
  const impostor = '{ lua.callee(spiffe://paris.mirror.internal/gateway,paris.mirror.internal) -m str no }';
  const lines = section(config, 'backend pool-cluster-a');
  assert.ok(lines.includes(`  tcp-response content reject if ${impostor}`));
});

test('servers of both kinds have the same addresses', () => {
  const states = [...render(true, 2).servers].map(([name, { ip }]) => [name, ip]);
  assert.deepEqual(states, [
    ['to-cluster-a/s0', '192.0.2.10'],
    ['to-cluster-a/s1', undefined],
    ['pool-cluster-a/s0', '192.0.2.10'],
    ['pool-cluster-a/s1', undefined],
  ]);
});

test('what tells where a connection leads fits into the header that carries it', () => {
  // of a unique id, PROXY protocol 2 carries 128 bytes (section 2.2.5)
  assert.ok(`${'x'.repeat(63)}|${serviceId}`.length <= 128);
  assert.match(
    render().config,
    /unique-id-format %\[var\(sess\.link\)\]\|%\[var\(sess\.name\),field\(1,\.\)\]/,
  );
});
