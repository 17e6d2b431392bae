import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aNode, aService, port, serviceSpec } from '../../test/gen/gen.js';
import type { Node, Service } from '../api/objects.js';
import type { Address } from '../net/address.js';
import { ingressAddresses, needsNodes } from './advertise.js';

const balanced =
  (...ingress: { ip?: string; hostname?: string }[]) =>
  (draft: Service) => {
    draft.status = { loadBalancer: { ingress } };
  };
const nodePort = (...changes: Parameters<typeof aService>[1][]) =>
  aService('in', serviceSpec({ type: 'NodePort' }), port(4143, { nodePort: 31_443 }), ...changes);
const deleted = (draft: Node) => {
  draft.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
};
const hundred = Array.from({ length: 100 }, (_, at) => aNode(`n${at}`, { InternalIP: [`10.0.0.${at}`] }));

interface Case {
  readonly service?: Service;
  readonly nodes?: readonly Node[];
  readonly are: readonly Address[];
}

const cases: Record<string, Case> = {
  'has none without a Service': { are: [] },
  'has none while the load balancer has none': { service: aService('in', port(4143)), are: [] },
  'takes IPs and host names of the load balancer': {
    service: aService('in', port(4143), balanced({ ip: '192.0.2.1' }, { hostname: 'lb.example.com' })),
    are: [
      { host: '192.0.2.1', port: 4143 },
      { host: 'lb.example.com', port: 4143 },
    ],
  },
  'takes the port that the Service has, not the one behind it': {
    service: aService('in', port(443, { targetPort: 4143 }), balanced({ ip: '192.0.2.1' })),
    are: [{ host: '192.0.2.1', port: 443 }],
  },
  'takes the usual port when the Service names none': {
    service: aService('in', balanced({ ip: '192.0.2.1' })),
    are: [{ host: '192.0.2.1', port: 4143 }],
  },
  'takes the port called gateway where there are others': {
    service: aService(
      'in',
      port(9000, { name: 'a' }),
      port(443, { name: 'gateway' }),
      balanced({ ip: '::1' }),
    ),
    are: [{ host: '::1', port: 443 }],
  },
  'takes external IPs': {
    service: aService('in', port(4143), serviceSpec({ externalIPs: ['198.51.100.1'] })),
    are: [{ host: '198.51.100.1', port: 4143 }],
  },
  'names each once, in a stable order': {
    service: aService(
      'in',
      port(4143),
      balanced({ ip: '192.0.2.2' }, { ip: '192.0.2.1' }),
      serviceSpec({ externalIPs: ['192.0.2.2'] }),
    ),
    are: [
      { host: '192.0.2.1', port: 4143 },
      { host: '192.0.2.2', port: 4143 },
    ],
  },
  'passes over an entry that says nothing': {
    service: aService('in', port(4143), balanced({})),
    are: [],
  },
  'takes the external IPs of nodes where they have some, and the node port': {
    service: nodePort(),
    nodes: [
      aNode('b', { InternalIP: ['10.0.0.2'] }),
      aNode('a', { InternalIP: ['10.0.0.1'], ExternalIP: ['203.0.113.1'], Hostname: ['a'] }),
    ],
    are: [
      { host: '10.0.0.2', port: 31_443 },
      { host: '203.0.113.1', port: 31_443 },
    ],
  },
  'takes no node that is not ready, or is being deleted': {
    service: nodePort(),
    nodes: [
      aNode('a', { InternalIP: ['10.0.0.1'] }, 'Unknown'),
      aNode('b', { InternalIP: ['10.0.0.2'] }, 'True', deleted),
      aNode('c', { InternalIP: ['10.0.0.3'] }),
    ],
    are: [{ host: '10.0.0.3', port: 31_443 }],
  },
  'takes all nodes when none is ready: peers see for themselves': {
    service: nodePort(),
    nodes: [
      aNode('a', { InternalIP: ['10.0.0.1'] }, 'False'),
      aNode('b', { InternalIP: ['10.0.0.2'] }, 'Unknown'),
    ],
    are: [
      { host: '10.0.0.1', port: 31_443 },
      { host: '10.0.0.2', port: 31_443 },
    ],
  },
  'takes addresses of the families of the Service only': {
    service: nodePort(serviceSpec({ ipFamilies: ['IPv6'] })),
    nodes: [aNode('a', { InternalIP: ['10.0.0.1', '2001:db8::1'] })],
    are: [{ host: '2001:db8::1', port: 31_443 }],
  },
  'takes both families of a dual-stack Service': {
    service: nodePort(serviceSpec({ ipFamilies: ['IPv4', 'IPv6'] })),
    nodes: [aNode('a', { InternalIP: ['10.0.0.1', '2001:db8::1'] })],
    are: [
      { host: '10.0.0.1', port: 31_443 },
      { host: '2001:db8::1', port: 31_443 },
    ],
  },
  'puts external IPs with their own port before the nodes': {
    service: nodePort(serviceSpec({ externalIPs: ['198.51.100.1'] })),
    nodes: [aNode('a', { InternalIP: ['10.0.0.1'] })],
    are: [
      { host: '198.51.100.1', port: 4143 },
      { host: '10.0.0.1', port: 31_443 },
    ],
  },
  'takes no nodes while the Service has no node port yet': {
    service: aService('in', serviceSpec({ type: 'NodePort' }), port(4143)),
    nodes: [aNode('a', { InternalIP: ['10.0.0.1'] })],
    are: [],
  },
  'leaves the nodes to the load balancer where there is one': {
    service: aService('in', serviceSpec({ type: 'LoadBalancer' }), port(4143, { nodePort: 31_443 })),
    nodes: [aNode('a', { InternalIP: ['10.0.0.1'] })],
    are: [],
  },
};

describe('ingressAddresses()', () => {
  for (const [sentence, { service, nodes = [], are }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(ingressAddresses({ service, nodes }), are);
      assert.deepEqual(ingressAddresses({ service, nodes: nodes.toReversed() }), are);
    });
  }

  it('names at most 64, external IPs first', () => {
    const service = nodePort(serviceSpec({ externalIPs: ['198.51.100.1'] }));
    const found = ingressAddresses({ service, nodes: hundred });
    assert.equal(found.length, 64);
    assert.equal(found[0]?.host, '198.51.100.1');
    assert.deepEqual(ingressAddresses({ service, nodes: hundred.toReversed() }), found);
  });
});

describe('needsNodes()', () => {
  it('is true for type NodePort alone', () => {
    const types = ['NodePort', 'LoadBalancer', 'ClusterIP'].map((type) =>
      aService('in', serviceSpec({ type })),
    );
    assert.deepEqual([...types, undefined].map(needsNodes), [true, false, false, false]);
  });
});
