import type { Address } from '../net/address.js';

/** How a gateway handles the bytes of an exported port. */
export type Protocol =
  /** It forwards them as they are. */
  | { readonly kind: 'tcp' }
  /**
   * It reads requests and adds the name of the caller to each. With `host`, a Kubernetes name in a request becomes
   * that service's own name, or that of one pod of it.
   */
  | { readonly kind: 'http'; readonly host?: { readonly name: string; readonly namespace: string } };

/** One exported port of a service: the service ID that selects it, its real address, and the Links that may call it. */
export interface Export {
  readonly serviceId: string;
  readonly target: Address;
  readonly protocol: Protocol;
  /** Links whose peer may call it. */
  readonly allow: ReadonlySet<string>;
}
