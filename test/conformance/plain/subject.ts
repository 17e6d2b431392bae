import type { Subject } from '../pairings.js';
import { createEgress } from './egress.js';
import { createIngress } from './ingress.js';

/** The least that an implementation has to be: it carries TCP between the right peers. Only tests run it. */
export const plain: Subject = {
  capabilities: {
    ...{ http: false, pooling: false, proxyProtocol: false, caps: false, invitations: false },
    ...{ judgesFirst: true, resets: 'unanswered' },
  },
  check: () => Promise.resolve(),
  egress: createEgress,
  ingress: createIngress,
};
