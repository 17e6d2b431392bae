import { localCluster } from '../api/backends.js';
import type { Role } from './roles.js';
import type { MirrorInput } from './view.js';

/**
 * The remark that weights do not count for a backend. Egress gateways weigh, and only between clusters that they lead
 * to; the endpoints of other backends are listed as they are, and proxies choose among all endpoints alike.
 */
export function weighingRemark({ backends }: MirrorInput, roles: readonly Role[]): string | undefined {
  const serving = backends.filter((_backend, at) => roles[at]?.state === 'Serving');
  const weights = new Set(roles.filter(({ state }) => state === 'Serving').map(({ weight }) => weight));
  if (weights.size < 2) return undefined;
  const unweighed = serving.filter(
    ({ view, limits }) => view.backend.cluster === localCluster || limits?.transport !== 'gateway',
  );
  if (unweighed.length === 0) return undefined;
  const names = unweighed.map(({ view }) => view.backend.cluster).join(', ');
  return `weights count only between clusters of transport gateway; ${names} ${unweighed.length === 1 ? 'gets' : 'get'} connections by the number of endpoints`;
}
