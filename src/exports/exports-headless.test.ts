import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Service } from '../api/objects.js';
import { serviceIdOf } from '../protocol/serviceid.js';
import { exportsOf, type ExportRule } from './exports.js';
import type { ServicePods } from './pods.js';
import { sparedBy } from './spared.js';

const exported = { 'mirror.linkerd.io/exported': 'true' };
const marked: ExportRule = { link: 'london', services: { matchLabels: exported }, allowSelectorless: false };
const nothing = sparedBy('service-mirror', []);

describe('exportsOf() of a headless service', () => {
  const pod = (hostname: string, address: string, ports: Record<string, number> = { http: 8080 }) => ({
    ...{ hostname, address, ports, pod: `default/${hostname}`, uid: hostname, version: '1' },
  });
  const headless = (
    spec: Partial<Service['spec']> = {},
    metadata: Partial<Service['metadata']> = {},
  ): Service => ({
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: { name: 'hello', namespace: 'default', labels: exported, ...metadata },
    spec: { clusterIP: 'None', selector: { app: 'hello' }, ports: [{ name: 'http', port: 80 }], ...spec },
  });
  const of = (pods: Partial<ServicePods> | undefined, service = headless(), rules = [marked]) =>
    exportsOf(
      service,
      { pods: () => pods && { named: [], nameless: false, more: false, ...pods } },
      rules,
      nothing,
    );
  const idOf = (hostname: string, port = 80) =>
    serviceIdOf({ namespace: 'default', name: 'hello', hostname, port });

  it('gives each pod with a host name a service ID of its own, at its address and the port that it listens on', () => {
    const { exports, problems } = of({ named: [pod('a', '10.1.0.1'), pod('b', '10.1.0.2', { http: 9090 })] });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      exports.map(({ serviceId, target }) => [serviceId, target]),
      [
        [idOf('a'), { host: '10.1.0.1', port: 8080 }],
        [idOf('b'), { host: '10.1.0.2', port: 9090 }],
      ],
    );
  });

  it('leaves out a port that a pod does not offer', () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'admin', port: 81 },
    ];
    const { exports } = of({ named: [pod('a', '10.1.0.1')] }, headless({ ports }));
    assert.deepEqual(
      exports.map(({ serviceId }) => serviceId),
      [idOf('a')],
    );
  });

  it('exports nothing, and finds nothing wrong, while its pods are not known and while it has none', () => {
    for (const pods of [undefined, {}]) {
      const { exports, problems } = of(pods);
      assert.deepEqual([exports, problems], [[], []]);
    }
  });

  it('offers its ports without pods, and says when its pods are not known', () => {
    const offer = { ports: [80], links: new Set(['london']) };
    assert.deepEqual(of({}).offer, offer);
    assert.deepEqual(of(undefined).offer, { ...offer, isBlind: true });
    assert.equal(of({ nameless: true }).offer, undefined);
  });

  it('says that pods without host names cannot be told apart', () => {
    const { exports, problems } = of({ nameless: true });
    assert.deepEqual([exports, problems.map(({ reason }) => reason)], [[], ['UnsupportedService']]);
    assert.match(problems[0]?.message ?? '', /no host names.*ClusterIP/);
    assert.equal(of({ named: [pod('a', '10.1.0.1')], nameless: true }).problems.length, 0);
  });

  it('says that there are too many', () => {
    const { exports, problems } = of({ named: [pod('a', '10.1.0.1')], more: true });
    assert.deepEqual([exports.length, problems.map(({ reason }) => reason)], [1, ['UnsupportedService']]);
    assert.match(problems[0]?.message ?? '', /more than 256/);
  });

  it('names a pod by its host name in HTTP requests', () => {
    const annotations = { 'linkerd.io/export-protocol': 'http' };
    const ports = [{ name: 'http', port: 80, appProtocol: 'http' }];
    const { exports } = of({ named: [pod('a', '10.1.0.1')] }, headless({ ports }, { annotations }));
    assert.deepEqual(exports[0]?.protocol, { kind: 'http', host: { name: 'a.hello', namespace: 'default' } });
  });

  it('does not ask for pods that nobody would call', () => {
    const asking = { pods: () => assert.fail('asked') };
    exportsOf(headless({}, { labels: {} }), asking, [marked], nothing);
    exportsOf(headless({ ports: [{ port: 53, protocol: 'UDP' }] }), asking, [marked], nothing);
  });
});
