import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Testing } from 'cdk8s';
import { listen } from '../api/names.js';
import { DialInChart } from './dialin.js';
import { readInstall } from './settings.js';

interface Synthesized {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

const synthesized = (env: Record<string, string> = {}) =>
  Testing.synth(new DialInChart(Testing.app(), 'dial-in', readInstall(env, '1.0.0'))) as Synthesized[];

test('the port where peers dial in leads to the egress gateways, and their policy lets everybody in there', () => {
  const [service, policy] = synthesized();
  const egress = { 'app.kubernetes.io/name': 'service-mirror', 'app.kubernetes.io/component': 'egress' };
  assert.deepEqual(service?.spec.selector, egress);
  assert.deepEqual(service?.spec.ports, [
    { name: 'dial-in', port: listen.dialIn, targetPort: listen.dialIn, protocol: 'TCP' },
  ]);
  assert.deepEqual(policy?.spec.podSelector, { matchLabels: egress });
  assert.deepEqual(policy?.spec.ingress, [{ ports: [{ port: listen.dialIn, protocol: 'TCP' }] }]);
});

test('it is exposed like the ingress gateway', () => {
  const [service] = synthesized({ INGRESS_SERVICE_TYPE: 'NodePort', INGRESS_TRAFFIC_POLICY: 'Local' });
  assert.equal(service?.spec.type, 'NodePort');
  assert.equal(service?.spec.externalTrafficPolicy, 'Local');
});
