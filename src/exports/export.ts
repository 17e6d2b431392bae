import type { Address } from '../net/address.js';

/** What a gateway makes of the bytes of an exported port. */
export type Protocol =
  /** Nothing: they pass as they are. */
  | { readonly kind: 'tcp' }
  /** It reads requests: each is told who calls, and if `host` is there, a Kubernetes name becomes that service's own. */
  | { readonly kind: 'http'; readonly host?: { readonly name: string; readonly namespace: string } };

/** One exported port of a service: the service ID that selects it, where it really is, and who may call it. */
export interface Export {
  readonly serviceId: string;
  readonly target: Address;
  readonly protocol: Protocol;
  /** Links whose peer may call it. */
  readonly allow: ReadonlySet<string>;
}
