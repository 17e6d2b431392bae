import { keys } from '../api/names.js';
import type { Service, ServicePort } from '../api/objects.js';
import type { Protocol } from './export.js';

/** Values of the annotation; `http-keep-host` leaves the host name as the client sent it. */
const values = ['http', 'http-keep-host'];

/** Values of `appProtocol` that mean HTTP (KEP-3726 for those with a prefix). */
const httpProtocols = new Set(['http', 'kubernetes.io/h2c', 'kubernetes.io/ws']);

/**
 * How a port of an exported service is carried. Without the annotation `linkerd.io/export-protocol` it is always
 * carried as bytes. With the annotation, a port without `appProtocol` is a problem: an application that trusts the
 * header with its caller must not be reachable without that header by mistake.
 *
 * @param hostname the host name of the pod, if the port is that of one pod of a headless service
 */
export function protocolOf(
  { metadata }: Pick<Service, 'metadata'>,
  { port, appProtocol }: Pick<ServicePort, 'port' | 'appProtocol'>,
  hostname?: string,
): Protocol | { readonly problem: string } {
  const asked = metadata.annotations?.[keys.exportProtocol];
  if (asked === undefined) return { kind: 'tcp' };
  if (!values.includes(asked))
    return { problem: `annotation ${keys.exportProtocol} says "${asked}"; write ${values.join(' or ')}` };
  if (appProtocol === undefined)
    return {
      problem: `annotation ${keys.exportProtocol} asks for HTTP, but port ${port} has no appProtocol; set it to http, or to tcp if it is something else`,
    };
  if (!httpProtocols.has(appProtocol.toLowerCase())) return { kind: 'tcp' };
  const { name, namespace = '' } = metadata;
  const host = { name: hostname === undefined ? name : `${hostname}.${name}`, namespace };
  return { kind: 'http', ...(asked === 'http' && { host }) };
}
