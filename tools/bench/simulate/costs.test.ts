import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { keys } from '../../../src/api/names.js';
import type { EndpointSlice, Service } from '../../../src/api/objects.js';
import { reduceService, reduceSlice, weigh } from '../../../src/controllers/link/reduced.js';
import { createRights } from '../../../src/gateway/haproxy/render/rights.js';
import { createAuthority } from '../../../src/pki/ca.js';
import { encodePeer } from '../../../src/protocol/identity.js';
import { serviceIdOf } from '../../../src/protocol/serviceid.js';
import { root } from '../../clusters/paths.js';
import { costs, unitCosts, type UnitCost } from './costs.js';

const uid = '0b5a1c3e-6f0d-4a53-9d0f-2f3f0d1a7c55';
const metadata = (labels: Readonly<Record<string, string>>) => ({
  ...{ name: 'service-1234', namespace: 'shop-12', uid, resourceVersion: '1234567', generation: 1 },
  ...{ creationTimestamp: '2026-11-29T08:00:00Z', labels: { app: 'service-1234', ...labels } },
});

/** A Service as an API server has it. */
const service: Service = {
  ...{ apiVersion: 'v1', kind: 'Service', metadata: metadata({ mirrored: 'yes' }) },
  spec: {
    ...{ clusterIP: '10.96.100.100', clusterIPs: ['10.96.100.100'], internalTrafficPolicy: 'Cluster' },
    ...{ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', sessionAffinity: 'None', type: 'ClusterIP' },
    ...{ ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }] },
    selector: { app: 'service-1234' },
  },
};

/** Its slice, as the cluster's own controller has it. */
const slice = (endpoints: number): EndpointSlice => ({
  ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
  metadata: {
    ...metadata({
      [keys.serviceName]: 'service-1234',
      [keys.sliceManagedBy]: 'endpointslice-controller.k8s.io',
    }),
    name: 'service-1234-x7k2p',
  },
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: Array.from({ length: endpoints }, (_, n) => ({
    ...{ addresses: [`10.9.100.${n}`], conditions: { ready: true, serving: true, terminating: false } },
    ...{ nodeName: 'node-1', targetRef: { kind: 'Pod', name: `service-1234-6b7f9d-${n}`, uid } },
  })),
});

/** A cost is rounded up, by a tenth at most. */
function assertCounted(cost: number, counted: number): void {
  assert.ok(counted <= cost && cost <= 1.1 * counted, `${counted} was counted, the cost is ${cost}`);
}

test('a Link keeps as much of a peer as its costs say', () => {
  const shell = weigh(reduceSlice(slice(0)));
  assertCounted(costs.remoteService, weigh(reduceService(service)));
  assertCounted(costs.remoteSlice, shell);
  assertCounted(costs.remoteEndpoint, (weigh(reduceSlice(slice(100))) - shell) / 100);
});

test('a peer takes as much of its ConfigMap as its cost says', async () => {
  const { ca } = await createAuthority('cluster-100', { now: new Date('2026-11-29') });
  const entry = encodePeer({
    ...{ link: 'cluster-100', cluster: 'cluster-100', caBundle: ca, published: true, linkUid: uid },
    addresses: [{ host: '203.0.113.77', port: 4143 }],
    probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
  });
  assertCounted(costs.peerEntry, entry.length + 'cluster-100'.length);
});

test("a right takes as much of HAProxy's file as its cost says", () => {
  const serviceId = serviceIdOf({ namespace: 'shop-12', name: 'service-1234', port: 80 });
  const target = { host: '10.96.100.100', port: 80 };
  const protocol = { kind: 'tcp' } as const;
  const exported = { serviceId, target, protocol, allow: new Set(['cluster-100']) };
  const { grants } = createRights('cluster.local')({
    ...{ callers: [{ link: 'cluster-100', cluster: 'cluster-100' }], cluster: 'london' },
    exports: [exported],
  });
  const line = [...grants]
    .map(([grant, value]) => `${grant} ${value}\n`)
    .find((text) => text.includes(serviceId));
  assertCounted(costs.grantLine, line?.length ?? 0);
});

test('the costs of gateways are those of the run in docs/performance.md', () => {
  const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  const table = page.slice(page.indexOf('| egress + ingress'));
  const cells = (title: string) => {
    const line = table.split('\n').find((text) => text.startsWith(`| ${title}`)) ?? '';
    const [, , haproxy = '', node = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.replaceAll(',', ''));
    return [haproxy, node].flatMap((cell) => cell.split('+').map(Number));
  };
  const [egress = NaN, ingress = NaN, node = NaN] = cells('CPU per new connection, µs');
  assert.deepEqual([costs.egressConnection, costs.ingressConnection], [egress / 1_000, ingress / 1_000]);
  assertCounted(costs.probe, node / 1_000);
  const ofRequests = [costs.egressRequest, costs.ingressRequest].map((ms) => Math.round(1e6 * ms) / 1e3);
  assert.deepEqual(ofRequests, cells('CPU per request, µs').slice(0, 2));
  const ofStreams = [costs.egressGigabyte, costs.ingressGigabyte].map((ms) => ms / 1_000);
  assert.deepEqual(ofStreams, cells('CPU per GB, s').slice(0, 2));
});

test('each cost has a value, a unit, a source and a day', () => {
  for (const [name, cost] of Object.entries<UnitCost>(unitCosts)) {
    assert.ok(cost.value > 0 && cost.unit !== '' && cost.source !== '', name);
    assert.match(cost.date, /^\d{4}-\d\d-\d\d$/, name);
  }
});
