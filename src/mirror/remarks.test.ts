import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aService,
  aSlice,
  aView,
  endpoint,
  offering,
  port,
  serviceSpec,
  slicePorts,
} from '../../test/gen/gen.js';
import { transports } from '../transport/transports.js';
import { remarksOn } from './remarks.js';
import { sourceOf } from './source.js';

interface Case {
  service: ReturnType<typeof aService>;
  slices?: ReturnType<typeof aSlice>[];
  over?: keyof typeof transports;
  says: RegExp | undefined;
}

const unnamed = [aSlice('hello', endpoint('10.9.0.1'))];
const sticky = serviceSpec({ sessionAffinity: 'ClientIP' });
const near = serviceSpec({ internalTrafficPolicy: 'Local' });
const dns = [aSlice('hello', slicePorts({ name: '', port: 53, protocol: 'UDP' }), endpoint('10.9.0.1'))];

const cases: Record<string, Case> = {
  nothing: { service: aService('hello', port(80)), says: undefined },
  'a port without an endpoint while another has one': {
    service: aService(
      'hello',
      port(80, { name: 'http' }),
      port(9090, { name: 'metrics', targetPort: 'prom' }),
    ),
    slices: [aSlice('hello', offering('http'), endpoint('10.9.0.1'))],
    says: /^port metrics: no pod offers targetPort prom$/,
  },
  'a port that cannot travel': {
    service: aService('hello', port(80), port(53, { protocol: 'UDP' })),
    says: /^transport gateway does not carry 53\/UDP$/,
  },
  'session affinity that cannot be kept': {
    service: aService('hello', port(80), sticky),
    says: /^transport gateway cannot keep the service's session affinity$/,
  },
  'a policy that keeps traffic on the node of the gateway': {
    service: aService('hello', port(80), near),
    over: 'linkerd',
    says: /^the remote service has internalTrafficPolicy: Local, .* set it to Cluster$/,
  },
  'nothing that flat carries, keeps, or has no gateway for': {
    service: aService('hello', port(53, { protocol: 'UDP' }), sticky, near),
    slices: dns,
    over: 'flat',
    says: undefined,
  },
};

describe('remarksOn() remarks on', () => {
  for (const [sentence, { service, slices = unnamed, over = 'gateway', says }] of Object.entries(cases)) {
    it(sentence, () => {
      const { limits } = transports[over];
      const source = sourceOf(aView({ remote: { synced: true, service, slices } }), limits);
      assert.ok(source.kind === 'live');
      const said = remarksOn(source, limits).join('; ');
      if (says === undefined) assert.equal(said, '');
      else assert.match(said, says);
    });
  }

  it('nothing of what is only remembered', () => {
    const remembered = {
      kind: 'remembered',
      ports: [],
      headless: false,
      ready: 1,
      leaving: 0,
      total: 1,
    } as const;
    assert.deepEqual(remarksOn({ ...remembered, closed: [], slices: [] }, transports.gateway.limits), []);
  });
});
