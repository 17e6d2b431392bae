import { apiVersion } from '../../src/api/resources.js';
import { exportLabel, linkNames } from './connect.js';
import { echoPorts } from './echo.js';

/** A Service of the echo servers labelled `app: APP`, on HTTP's port 80 and on the port where the server speaks first. */
export function serviceOf(name: string, { app = name, exported = false } = {}): object {
  const ports = [
    { name: 'http', port: 80, targetPort: echoPorts.http },
    { name: 'tcp', port: echoPorts.tcp },
  ];
  const labels = exported ? { [exportLabel]: 'true' } : {};
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels },
    spec: { selector: { app }, ports },
  };
}

/** A ServiceMirror of a service of Paris, over the usual Link or another, named as the Service that it makes. */
export function mirrorOf(
  service: string,
  { as = service, cluster = linkNames.toParis }: { as?: string; cluster?: string } = {},
): object {
  const name = as === service ? {} : { name: as };
  return {
    apiVersion,
    kind: 'ServiceMirror',
    metadata: { name: as, namespace: 'default' },
    spec: { cluster, service: { name: service, namespace: 'default' }, ...name },
  };
}
