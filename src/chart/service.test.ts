import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chart, Testing } from 'cdk8s';
import { addService } from './service.js';
import { readInstall } from './settings.js';

test('a Service leads to a port of a component by name or by number, and is exposed as the installation says', () => {
  const env = { INGRESS_SERVICE_TYPE: 'NodePort', INGRESS_EXTERNAL_IPS: '192.0.2.1' };
  const specOf = (target?: number) => {
    const chart = new Chart(Testing.app(), 'one');
    addService(chart, readInstall(env, '1.0.0'), {
      ...{ name: 'entry', component: 'ingress', port: 443, portName: 'tls' },
      ...(target !== undefined && { target }),
    });
    const [service] = Testing.synth(chart) as [{ spec: Readonly<Record<string, unknown>> }];
    return service.spec;
  };
  const { type, externalIPs, ports } = specOf();
  assert.deepEqual([type, externalIPs], ['NodePort', ['192.0.2.1']]);
  assert.deepEqual(ports, [{ name: 'tls', port: 443, targetPort: 'tls', protocol: 'TCP' }]);
  assert.deepEqual(specOf(8443).ports, [{ name: 'tls', port: 443, targetPort: 8443, protocol: 'TCP' }]);
});
