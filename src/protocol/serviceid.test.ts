import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { labelOf, peerChannelName, serverName, type Labelled } from './serviceid.js';

test('labelOf() gives what another implementation of the contract gives', () => {
  const parts = ['default', 'hello', '', '80', 'TCP'];
  const bytes = parts.flatMap((part) => [0, 0, 0, part.length, ...Buffer.from(part)]);
  const expected = createHash('sha256').update(Buffer.from(bytes)).digest('hex').slice(0, 40);
  assert.equal(labelOf({ namespace: 'default', name: 'hello', port: 80 }), `s-${expected}`);
  // Written down, since clusters of different versions must agree for ever.
  assert.equal(
    labelOf({ namespace: 'default', name: 'hello', port: 80 }),
    's-ddf47d5edb40164929f75e7274c366eb6061adb3',
  );
});

test('labelOf() keeps apart what only looks alike when joined', () => {
  const services: Labelled[] = [
    { namespace: 'ab', name: 'c', port: 80 },
    { namespace: 'a', name: 'bc', port: 80 },
    { namespace: 'a', name: 'b', hostname: 'c', port: 80 },
    { namespace: 'a', name: 'bc8', port: 0 },
    { namespace: 'a', name: 'bc', port: 8 },
    { namespace: 'a', name: 'b', hostname: 'c8', port: 0 },
  ];
  assert.equal(new Set(services.map(labelOf)).size, services.length);
});

test('labelOf() keeps apart one number under two protocols', () => {
  const dns = { namespace: 'kube-system', name: 'dns', port: 53 };
  assert.notEqual(labelOf({ ...dns, protocol: 'UDP' }), labelOf(dns));
  assert.equal(labelOf({ ...dns, protocol: 'TCP' }), labelOf(dns));
});

test('labelOf() takes an empty host name for none', () => {
  const service = { namespace: 'a', name: 'b', port: 1 };
  assert.equal(labelOf({ ...service, hostname: '' }), labelOf(service));
});

test('labelOf() gives a DNS label', () => {
  assert.match(labelOf({ namespace: 'n'.repeat(63), name: 's'.repeat(63), port: 65535 }), /^s-[0-9a-f]{40}$/);
});

test('serverName() puts one label under the domain of the cluster', () => {
  assert.equal(serverName('s-1', 'paris'), 's-1.paris.mirror.internal');
  assert.equal(peerChannelName('paris'), 'gateway.paris.mirror.internal');
});
