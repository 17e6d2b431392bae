import type { PeerInput } from '../../src/peers/memory.js';
import type { Identity, ResolvedPeer } from '../../src/protocol/identity.js';
import { decidePeers, type OwnIdentity, type PeerDecision } from '../../src/peers/decide.js';
import { aLink, epoch, spec } from './gen.js';
import { aCluster } from './pki.js';

/** The time at which peers are resolved. */
export const now = new Date(epoch);
/** Who settles them. */
export const self: OwnIdentity = { cluster: 'london', uid: 'uid-london' };
/** Where the peer is reached. */
const addresses = [{ host: '192.0.2.1', port: 4143 }];
const probe = { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 };

/** The certificates of the peer, and of a cluster that is not meant. */
export const [paris, other] = await Promise.all([aCluster('paris-1', { now }), aCluster('other', { now })]);

/** What the peer publishes of itself. */
export const identity = (more: Partial<Identity> = {}): { value: Identity } => ({
  value: { cluster: 'paris-1', uid: 'uid-paris', caBundle: paris.authority.ca, addresses, ...more },
});

/** Pins a Link's peer. */
export const pin = (caBundle: string, cluster = 'paris-1') => spec({ peer: { cluster, caBundle } });

/** The peer as it was resolved before. */
export const remembered = (more: Partial<ResolvedPeer> = {}): ResolvedPeer => ({
  link: 'paris',
  cluster: 'paris-1',
  caBundle: paris.authority.ca,
  addresses,
  published: true,
  probe,
  linkUid: 'uid-link-paris',
  ...more,
});

/** Settles the one Link that there is; what is not said of it is that its API server is verified. */
export function settle(
  input: Omit<PeerInput, 'verified' | 'link'> & Partial<PeerInput>,
): PeerDecision | undefined {
  return decidePeers([{ link: aLink(), verified: true, ...input }], self, now).get('paris');
}
