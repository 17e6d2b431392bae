import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aService, aView, port } from '../../test/gen/gen.js';
import type { Service } from '../api/objects.js';
import { transports } from '../transport/transports.js';
import { difference } from '../runtime/difference.js';
import { specOf } from './servicespec.js';
import { sourceOf } from './source.js';

/** What others write into the Service of a mirror, and whether it is put back. */
const cases: { [K in keyof Required<Service['spec']>]: [Service['spec'][K], 'set' | 'nulled' | 'left'] } = {
  type: ['NodePort', 'set'],
  ports: [[{ port: 81 }], 'set'],
  internalTrafficPolicy: ['Local', 'set'],
  sessionAffinity: ['ClientIP', 'set'],
  sessionAffinityConfig: [{ clientIP: { timeoutSeconds: 1 } }, 'nulled'],
  publishNotReadyAddresses: [true, 'nulled'],
  clusterIP: ['10.96.0.11', 'left'],
  clusterIPs: [['10.96.0.11'], 'left'],
  ipFamilyPolicy: ['RequireDualStack', 'set'],
  ipFamilies: [['IPv4', 'IPv6'], 'set'],
  selector: [{ app: 'other' }, 'nulled'],
  externalIPs: [['192.0.2.1'], 'nulled'],
  externalName: ['example.com', 'nulled'],
  loadBalancerIP: ['192.0.2.1', 'nulled'],
  allocateLoadBalancerNodePorts: [false, 'nulled'],
  externalTrafficPolicy: ['Local', 'nulled'],
  healthCheckNodePort: [30_000, 'nulled'],
  loadBalancerClass: ['example.com/lb', 'nulled'],
  loadBalancerSourceRanges: [['192.0.2.0/24'], 'nulled'],
  trafficDistribution: ['PreferSameNode', 'left'],
};

const view = aView({ remote: { synced: true, service: aService('hello', port(80)), slices: [] } });
const source = sourceOf(view);
assert.ok(source.kind === 'live');
const desired = specOf({ source, limits: transports.gateway.limits, families: ['IPv4'] });
const complete = Object.fromEntries(Object.entries(desired).filter(([, value]) => value !== null));

describe('specOf()', () => {
  for (const [field, [others, is]] of Object.entries(cases)) {
    it(`${is === 'left' ? 'leaves' : 'puts back'} ${field}`, () => {
      const patch = difference({ ...desired }, { ...complete, [field]: others });
      const wanted = is === 'nulled' ? null : is === 'left' ? undefined : complete[field];
      assert.deepEqual(patch?.[field], wanted);
      assert.equal(patch === undefined, is === 'left');
    });
  }

  it('has nothing to say of what it wrote', () => {
    assert.equal(difference({ ...desired }, { clusterIP: '10.96.0.10', ...complete }), undefined);
  });
});
