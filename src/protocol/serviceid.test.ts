import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { serviceIdIn, serviceIdOf, peerChannelName, serverName, type ServicePortId } from './serviceid.js';

test('serviceIdOf() gives what another implementation of the contract gives', () => {
  const parts = ['default', 'hello', '', '80', 'TCP'];
  const bytes = parts.flatMap((part) => [0, 0, 0, part.length, ...Buffer.from(part)]);
  const expected = createHash('sha256').update(Buffer.from(bytes)).digest('hex').slice(0, 40);
  assert.equal(serviceIdOf({ namespace: 'default', name: 'hello', port: 80 }), `s-${expected}`);
  // Written down, since clusters of different versions must agree for ever.
  assert.equal(
    serviceIdOf({ namespace: 'default', name: 'hello', port: 80 }),
    's-ddf47d5edb40164929f75e7274c366eb6061adb3',
  );
});

test('serviceIdOf() keeps apart what only looks alike when joined', () => {
  const services: ServicePortId[] = [
    { namespace: 'ab', name: 'c', port: 80 },
    { namespace: 'a', name: 'bc', port: 80 },
    { namespace: 'a', name: 'b', hostname: 'c', port: 80 },
    { namespace: 'a', name: 'bc8', port: 0 },
    { namespace: 'a', name: 'bc', port: 8 },
    { namespace: 'a', name: 'b', hostname: 'c8', port: 0 },
  ];
  assert.equal(new Set(services.map(serviceIdOf)).size, services.length);
});

test('serviceIdOf() keeps apart one number under two protocols', () => {
  const dns = { namespace: 'kube-system', name: 'dns', port: 53 };
  assert.notEqual(serviceIdOf({ ...dns, protocol: 'UDP' }), serviceIdOf(dns));
  assert.equal(serviceIdOf({ ...dns, protocol: 'TCP' }), serviceIdOf(dns));
});

test('serviceIdOf() takes an empty host name for none', () => {
  const service = { namespace: 'a', name: 'b', port: 1 };
  assert.equal(serviceIdOf({ ...service, hostname: '' }), serviceIdOf(service));
});

test('serviceIdOf() gives a DNS label', () => {
  assert.match(
    serviceIdOf({ namespace: 'n'.repeat(63), name: 's'.repeat(63), port: 65535 }),
    /^s-[0-9a-f]{40}$/,
  );
});

test('serverName() puts one service ID under the domain of the cluster', () => {
  assert.equal(serverName('s-1', 'paris'), 's-1.paris.mirror.internal');
  assert.equal(peerChannelName('paris'), 'gateway.paris.mirror.internal');
});

test('serviceIdIn() reads what serverName() writes, and nothing of another cluster', () => {
  assert.equal(serviceIdIn(serverName('s-1', 'paris'), 'paris'), 's-1');
  for (const name of [
    serverName('s-1', 'rome'),
    's-1',
    's-1.paris.mirror.internal.',
    'parisxmirror.internal',
  ])
    assert.equal(serviceIdIn(name, 'paris'), undefined, name);
});
