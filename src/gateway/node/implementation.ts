import type { ImplementationEntry } from '../model.js';
import { createEgress } from './egress.js';
import { createIngress } from './ingress.js';

/** Gateways on node:net and node:tls, in the process of their agent. */
export const node: ImplementationEntry = {
  summary: 'the process of the gateway itself, for a first try',
  capabilities: {
    ...{ http: false, pooling: false, proxyProtocol: true, caps: true, invitations: true },
    ...{ judgesFirst: true, resets: 'always' },
  },
  flags: {},
  make: () => ({
    check: () => Promise.resolve(),
    egress: (settings) => createEgress(settings),
    ingress: (settings) => createIngress(settings),
  }),
};
