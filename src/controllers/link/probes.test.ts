import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock, type FakeClock } from '../../../test/gen/clock.js';
import { aLink, spec } from '../../../test/gen/gen.js';
import type { Link } from '../../api/link.js';
import { createGatewayProbes, type GatewayProbes } from './probes.js';

let server: Server;
let status: number;
let asked: string[];
let clock: FakeClock;
let told: string[];
let probes: GatewayProbes;

beforeEach(async () => {
  status = 200;
  asked = [];
  told = [];
  clock = fakeClock();
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  probes = createGatewayProbes({
    resolver: { resolve: async (host) => (host === 'gateway.example.com' ? ['127.0.0.1'] : [host]) },
    clock,
    onChange: (link) => void told.push(link),
  });
});
afterEach(async () => {
  probes.stop();
  await new Promise((resolve) => server.close(resolve));
});

function paris(host = '127.0.0.1', path = '/ready'): Link {
  const { port } = server.address() as AddressInfo;
  const probe = { period: '3s', timeout: '2s', failureThreshold: 2, successThreshold: 1, path, port };
  const addresses = [{ host, port: 4143 }];
  return aLink(
    'paris',
    spec({ transport: 'linkerd', gateway: { addresses, identity: 'gw.example.com', probe } }),
  );
}

const healthy = () => probes.get('paris')?.health?.healthy;
/** Lets rounds go by until it is so. */
const soon = (condition: () => boolean) =>
  eventually(
    async () => {
      await clock.advance(1_000);
      return condition();
    },
    20_000,
    2,
  );

test('createGatewayProbes() knows nothing of a gateway that nobody asked for', () => {
  assert.equal(probes.get('paris'), undefined);
});

test('ensure() probes at the port of the probe, and tells where traffic goes', async () => {
  probes.ensure(paris('gateway.example.com'));
  await eventually(() => healthy() === true);
  assert.deepEqual(probes.get('paris'), {
    addresses: [{ ip: '127.0.0.1', port: 4143, healthy: true }],
    health: { healthy: true, reason: 'Healthy', message: 'the gateway answers' },
  });
  assert.deepEqual(asked, ['/ready']);
  assert.deepEqual(told, ['paris']);
});

test('ensure() tells of a change once, not of every round', async () => {
  probes.ensure(paris());
  await soon(() => asked.length >= 4);
  assert.deepEqual(told, ['paris']);
  status = 503;
  await soon(() => healthy() === false);
  assert.match(probes.get('paris')?.health?.message ?? '', /503/);
  const changes = told.length;
  await soon(() => asked.length >= 10);
  assert.equal(told.length, changes);
  status = 200;
  await soon(() => healthy() === true);
});

test('ensure() follows the Link to another path without waiting', async () => {
  probes.ensure(paris());
  await eventually(() => healthy() === true);
  probes.ensure(paris('127.0.0.1', '/live'));
  await eventually(() => asked.includes('/live'));
});

test('ensure() asks no sooner with the same Link, or with one whose status was written', async () => {
  const link = paris();
  const written: Link = { ...link, spec: structuredClone(link.spec), status: { observedGeneration: 1 } };
  probes.ensure(link);
  await eventually(() => healthy() === true);
  for (const same of [link, written]) {
    probes.ensure(same);
    await clock.advance(100);
    assert.equal(asked.length, 1);
  }
});

test('drop() forgets, and asks no more', async () => {
  probes.ensure(paris());
  await eventually(() => healthy() === true);
  probes.drop('paris');
  const before = asked.length;
  await clock.advance(30_000);
  assert.equal(probes.get('paris'), undefined);
  assert.equal(asked.length, before);
});

test('stop() ends all probes', async () => {
  probes.ensure(paris());
  await eventually(() => healthy() === true);
  probes.stop();
  const before = asked.length;
  await clock.advance(30_000);
  assert.equal(asked.length, before);
});
