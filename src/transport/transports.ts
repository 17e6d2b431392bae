import type { Transport as TransportName } from '../api/link.js';
import { flat } from './flat.js';
import { linkerd } from './linkerd.js';
import type { TransportPolicy } from './transport.js';
import { tunnel } from './gateway.js';

/** The transports, by the name in a Link. */
export const transports: Readonly<Record<TransportName, TransportPolicy>> = {
  gateway: tunnel,
  linkerd,
  flat,
};
