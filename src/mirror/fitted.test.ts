import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMirror, aService, aView, ownedBy, port } from '../../test/gen/gen.js';
import { fitted, lackedPorts } from './fitted.js';
import type { KnownSource, TransportAnswer } from './view.js';

const mirror = aMirror();
const local = aService('hello', port(80, { name: 'http' }), port(443, { name: 'https' }), ownedBy(mirror));
const view = aView({ mirror, local });

const source = (...ports: KnownSource['ports'][number][]): KnownSource => ({
  ...{ kind: 'live', ports, headless: false, slices: [], ready: 1, total: 1, leaving: 0, closed: [] },
});
const answer = (...ports: { name?: string; port: number }[]): TransportAnswer => ({
  kind: 'endpoints',
  slices: [{ addressType: 'IPv4', endpoints: [], ports: ports.map((one) => ({ protocol: 'TCP', ...one })) }],
});

test('fitted() gives the ports of slices the names that the Service here has for their numbers', () => {
  const seen = source({ name: 'web', port: 80 }, { name: 'admin', port: 9000 });
  assert.deepEqual(
    fitted(answer({ name: 'web', port: 10_000 }, { name: 'admin', port: 10_001 }), seen, view),
    {
      ...answer({ name: 'http', port: 10_000 }),
    },
  );
});

test('fitted() takes a port without a name, and leaves other answers as they are', () => {
  assert.deepEqual(
    fitted(answer({ port: 8080 }), source({ port: 443 }), view),
    answer({ name: 'https', port: 8080 }),
  );
  const keep: TransportAnswer = { kind: 'keep', reason: 'Pending', message: '' };
  assert.equal(fitted(keep, source(), view), keep);
});

test('fitted() tells one name of two protocols apart', () => {
  const dns = aService(
    'hello',
    port(53, { name: 'udp', protocol: 'UDP' }),
    port(53, { name: 'tcp' }),
    ownedBy(mirror),
  );
  const seen = source({ name: 'dns', port: 53, protocol: 'UDP' });
  const both = answer({ name: 'dns', port: 53 });
  assert.deepEqual(fitted(both, seen, aView({ mirror, local: dns })), answer());
});

test('lackedPorts() are those of the Service here that the remote one does not have', () => {
  assert.deepEqual(
    lackedPorts(source({ name: 'x', port: 443 }), view).map((one) => one.port),
    [80],
  );
});
