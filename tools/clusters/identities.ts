import { createAuthority, issueLeaf } from '../../src/pki/ca.js';
import type { KeyPair } from '../../src/pki/keypair.js';

/** The certificates of one cluster: its CA and the leaf of each role. */
export interface ClusterPki {
  readonly cluster: string;
  readonly authority: KeyPair;
  readonly ingress: KeyPair;
  readonly egress: KeyPair;
  readonly operator: KeyPair;
}

/** A new CA with new leaves; `trusted`: PEM of older CAs that stay in the bundle, as during a rotation. */
export async function aCluster(
  cluster: string,
  { now = new Date(), trusted = '' }: { now?: Date; trusted?: string } = {},
): Promise<ClusterPki> {
  const made = await createAuthority(cluster, { now });
  return leavesOf(cluster, { ...made, ca: made.ca + trusted }, now);
}

/** New leaves under a CA that there is already. */
export async function leavesOf(cluster: string, authority: KeyPair, now = new Date()): Promise<ClusterPki> {
  const [ingress, egress, operator] = await Promise.all([
    issueLeaf(authority, 'ingress', { cluster, now }),
    issueLeaf(authority, 'egress', { cluster, now }),
    issueLeaf(authority, 'operator', { cluster, now }),
  ]);
  return { cluster, authority, ingress, egress, operator };
}
