import { serviceIdOf } from '../../src/protocol/serviceid.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import type { Peer } from '../../src/protocol/peer.js';

/** What a process of `gateway.ts` is told. */
export interface Job {
  readonly role: 'egress' | 'ingress';
  /** Absent: the gateway is the embedded one. */
  readonly haproxy?: { readonly command: readonly [string]; readonly directory: string };
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
