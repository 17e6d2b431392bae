import assert from 'node:assert/strict';
import type { Endpoint, EndpointPort, ServicePort } from '../../../src/api/objects.js';

/** A port in the words of a case: `80`, `web 80`, `dns 53/UDP`, `grpc 90/TCP kubernetes.io/h2c` (its appProtocol). */
export function portOf(text: string): ServicePort {
  const parts = /^(?:([a-z][-a-z0-9]*) )?(\d+)(?:\/([A-Z]+))?(?: (.+))?$/.exec(text);
  assert.ok(parts, `"${text}" is no port`);
  const [, name, number, protocol = 'TCP', appProtocol] = parts;
  return {
    ...(name !== undefined && { name }),
    ...{ port: Number(number), protocol },
    ...(appProtocol !== undefined && { appProtocol }),
  };
}

/** The words for a port of a Service or of a slice, as {@link portOf} reads them. */
export function textOf({ name, port, protocol = 'TCP', appProtocol }: ServicePort | EndpointPort): string {
  const number = `${port}${protocol === 'TCP' && appProtocol === undefined ? '' : `/${protocol}`}`;
  return [name, number, appProtocol].filter((part) => part !== undefined && part !== '').join(' ');
}

/** An endpoint in the words of a case: `10.9.0.1`, or with its host name `db-0=10.9.0.1`; in brackets when it is not ready. */
export function endpointOf(text: string): Endpoint {
  const [, inner = text] = /^\((.*)\)$/.exec(text) ?? [];
  const [address = '', hostname] = inner.split('=').toReversed();
  const conditions = { ready: inner === text };
  return { addresses: [address], conditions, ...(hostname !== undefined && { hostname }) };
}

/** The words of a mirror whose service is not there: an API server knows, and a catalog lists only what is exported. */
export const notThere = /has no Service \S+|Service \S+ does not exist in cluster "\S+", or is not exported/;
