import type { ImplementationName } from '../../src/gateway/implementations.js';
import { serviceIdOf } from '../../src/protocol/serviceid.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import type { Peer } from '../../src/protocol/peer.js';

/** What a process of `gateway.ts` is told. */
export interface Job {
  readonly role: 'egress' | 'ingress';
  readonly implementation: ImplementationName;
  /** Flags of that implementation. */
  readonly own: Readonly<Record<string, string>>;
  /** IP on which it takes traffic. */
  readonly host: string;
  /** Its own cluster. */
  readonly cluster: string;
  readonly mirrors: number;
  readonly identity: KeyPair;
  readonly peer: Peer;
}

/** How each side calls its link to the other. */
export const link = 'peer';

/** Service ID of the mirror of that number. */
export function labelAt(at: number): string {
  return serviceIdOf({ namespace: 'default', name: `service-${at}`, port: 80 });
}
