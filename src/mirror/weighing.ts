import { hasClusters } from '../api/backends.js';
import type { Role } from './roles.js';
import type { MirrorInput } from './view.js';

/**
 * The remark that weights, equal ones too, do not count for a backend. Egress gateways weigh, and only between clusters
 * that they lead to; the endpoints of other backends are listed as they are, and proxies choose among all endpoints alike.
 */
export function weighingRemark({ view, backends }: MirrorInput, roles: readonly Role[]): string | undefined {
  const serving = backends.filter((_backend, at) => roles[at]?.state === 'Serving');
  if (serving.length < 2 || !hasClusters(view.mirror)) return undefined;
  const unweighed = serving.filter(({ limits }) => limits?.transport !== 'gateway');
  if (unweighed.length === 0) return undefined;
  const names = unweighed.map((one) => one.view.backend.cluster).join(', ');
  return `weights count only between clusters of transport gateway: ${names} ${unweighed.length === 1 ? 'gets' : 'get'} connections by the number of endpoints`;
}
