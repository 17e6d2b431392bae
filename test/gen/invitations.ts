import type { Invitation, Redemption } from '../../src/api/invitation.js';
import { timestamp } from '../../src/api/conditions.js';
import { hashOfSecret } from '../../src/protocol/invitation.js';
import { epoch } from './gen.js';

/** The secret of the invitations of tests. */
export const secret = Buffer.alloc(20, 7);

/** An invitation for London that was made just now and is open for 15 minutes. */
export function anInvitation(
  changes: Partial<Invitation['spec']> = {},
  status?: Invitation['status'],
): Invitation {
  return {
    ...{ apiVersion: 'linkerd.io/v1alpha1', kind: 'Invitation' },
    metadata: {
      ...{ name: 'london-4f2a9c1e', uid: 'uid-invitation', generation: 1 },
      creationTimestamp: timestamp(epoch),
    },
    spec: {
      ...{ link: 'london', secretHash: hashOfSecret(secret), expires: timestamp(epoch + 15 * 60_000) },
      ...changes,
    },
    ...(status && { status }),
  };
}

/** What is written down when a cluster of that name redeems it. */
export function aRedemption(caBundle: string, changes: Partial<Redemption> = {}): Redemption {
  return {
    ...{
      at: timestamp(epoch + 60_000),
      from: '198.51.100.20',
      cluster: 'london',
      uid: 'uid-of-london',
      caBundle,
    },
    ...changes,
  };
}
