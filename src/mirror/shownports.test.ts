import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, aService, aView, anInput, ownedBy, port } from '../../test/gen/gen.js';
import { maxMirroredPorts } from '../api/mirrorstatus.js';
import { transports } from '../transport/transports.js';
import { shownPorts } from './shownports.js';
import { sourceOf } from './source.js';

const many = Array.from({ length: 300 }, (_, n) => port(n + 1, { name: `p-${n + 1}` }));

function shown(
  local: Parameters<typeof aService>[1][],
  remote: Parameters<typeof aService>[1][],
  given: [number, number][] = [],
) {
  const view = aView({
    local: aService('hello', ...local, ownedBy(aMirror())),
    remote: { synced: true, service: aService('hello', ...remote), slices: [] },
    gatewayPorts: new Map(given),
  });
  const { limits } = transports.gateway;
  return shownPorts(anInput({ view, source: sourceOf(view), limits }));
}

describe('shownPorts()', () => {
  it('shows the ports of the local Service that the remote one has, with their egress ports', () => {
    const result = shown([port(80), port(443)], [port(80), port(8080)], [[80, 10_000]]);
    assert.deepEqual(result, { ports: [{ port: 80, protocol: 'TCP', gatewayPort: 10_000 }], left: 0 });
  });

  it('shows first those that have an egress port where there is no room for all', () => {
    const result = shown(many, many, [[300, 10_000]]);
    assert.deepEqual([result?.ports.length, result?.left], [maxMirroredPorts, 300 - maxMirroredPorts]);
    assert.equal(result?.ports.at(-1)?.gatewayPort, 10_000);
  });
});
