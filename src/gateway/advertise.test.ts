import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Service } from '../api/objects.js';
import { aService, port, serviceSpec } from '../../test/gen.js';
import { ingressAddresses } from './advertise.js';
import type { Address } from './model.js';

const balanced =
  (...ingress: { ip?: string; hostname?: string }[]) =>
  (draft: Service) => {
    draft.status = { loadBalancer: { ingress } };
  };

const cases: Record<string, { service: Service | undefined; are: Address[] }> = {
  'has none without a Service': { service: undefined, are: [] },
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
};

describe('ingressAddresses()', () => {
  for (const [sentence, { service, are }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(ingressAddresses(service), are));
  }
});
