import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aService,
  aSlice,
  endpoint,
  ownedBy,
  slice,
  slicePorts,
} from '../../../test/gen/gen.js';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { portBounds } from '../../transport/shares.js';
import { portsInSlices } from './shownports.js';

const mirror = aMirror();
const service = aService('hello', ownedBy(mirror));

function showing(count: number) {
  return Array.from({ length: Math.ceil(count / 100) }, (_, at) => {
    const ports = Array.from({ length: 100 }, (__, index) => ({ port: 10_000 + 100 * at + index }));
    return aSlice('hello', slice(`s-${at}`), endpoint('10.1.0.1'), slicePorts(...ports), ownedBy(service));
  });
}

describe('portsInSlices()', () => {
  it('finds what the slices of a mirror over gateways show', () => {
    const { caches } = aFakeCluster(aLink(), mirror, service, ...showing(100));
    assert.equal(portsInSlices(caches).size, 100);
  });

  it('finds them while the mirror, or its Link, is gone', () => {
    assert.equal(portsInSlices(aFakeCluster(mirror, service, ...showing(100)).caches).size, 100);
    assert.equal(portsInSlices(aFakeCluster(aLink(), service, ...showing(100)).caches).size, 100);
  });

  it('takes ports of remote pods, over another transport, for none of its own', () => {
    const flat = aLink('paris', (draft) => (draft.spec.transport = 'flat'));
    assert.equal(portsInSlices(aFakeCluster(flat, mirror, service, ...showing(100)).caches).size, 0);
  });

  it('lets slices that a tenant made to look like ours show no more than one mirror may have', () => {
    const { caches } = aFakeCluster(aLink(), mirror, service, ...showing(20_000));
    assert.equal(portsInSlices(caches).size, portBounds.mirror);
  });
});
