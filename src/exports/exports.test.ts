import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExportReason } from '../api/conditions.js';
import type { Exports } from '../api/link.js';
import type { Service } from '../api/objects.js';
import { keyOf } from '../api/resources.js';
import { serviceIdOf } from '../protocol/serviceid.js';
import { sparedBy } from './spared.js';
import { exportsOf, exportRulesOf, type ExportRule } from './exports.js';

const exported = { 'mirror.linkerd.io/exported': 'true' };
const marked: ExportRule = { link: 'london', services: { matchLabels: exported }, allowSelectorless: false };
const nothing = sparedBy('service-mirror', []);
const all: ExportRule = { link: 'london', services: 'all', allowSelectorless: false };

function aService(spec: Partial<Service['spec']> = {}, metadata: Partial<Service['metadata']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'hello', namespace: 'default', labels: exported, ...metadata },
    spec: { clusterIP: '10.96.0.10', selector: { app: 'hello' }, ports: [{ port: 80 }], ...spec },
  };
}

const serviceId = (port: number, name = 'hello') => serviceIdOf({ namespace: 'default', name, port });

test('exportsOf() exports each TCP port under its service ID, at the ClusterIP and the port of the Service', () => {
  const ports = [
    { port: 80, targetPort: 8080 },
    { port: 443, protocol: 'TCP' },
    { port: 53, protocol: 'UDP' },
  ];
  const { exports, problems } = exportsOf(aService({ ports }), {}, [marked], nothing);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    exports.map(({ serviceId, target, protocol, allow }) => ({
      serviceId,
      target,
      protocol,
      allow: [...allow],
    })),
    [80, 443].map((port) => ({
      ...{ serviceId: serviceId(port), target: { host: '10.96.0.10', port } },
      ...{ protocol: { kind: 'tcp' }, allow: ['london'] },
    })),
  );
});

test('exportsOf() says which port of an annotated service does not say that it is HTTP, and exports the others', () => {
  const ports = [{ port: 80, appProtocol: 'http' }, { port: 81 }];
  const service = aService({ ports }, { annotations: { 'linkerd.io/export-protocol': 'http' } });
  const { exports, problems } = exportsOf(service, {}, [marked], nothing);
  assert.deepEqual(
    exports.map(({ target, protocol }) => [target.port, protocol.kind]),
    [[80, 'http']],
  );
  assert.equal(problems.length, 1);
  assert.match(problems[0]!.message, /^port 81 is not exported: .* has no appProtocol/);
  assert.deepEqual([problems[0]!.reason, [...problems[0]!.links]], ['InvalidAnnotation', ['london']]);
});

test('exportsOf() exports a service whose pods are reached from their own nodes only, and says so to who names it', () => {
  const service = aService({ internalTrafficPolicy: 'Local' });
  const { exports, problems } = exportsOf(service, {}, [marked], nothing);
  assert.equal(exports.length, 1);
  assert.deepEqual(
    problems.map(({ service: about, reason }) => [about, reason]),
    [['default/hello', 'NodeLocal']],
  );
  assert.match(problems[0]!.message, /^exported, but its internalTrafficPolicy is Local.*set it to Cluster/);
  assert.deepEqual(exportsOf(service, {}, [all], nothing).problems, []);
  assert.deepEqual(
    exportsOf(aService({ internalTrafficPolicy: 'Cluster' }), {}, [marked], nothing).problems,
    [],
  );
});

test('exportsOf() allows every link that selects the service, and no other', () => {
  const lyon: ExportRule = { ...marked, link: 'lyon' };
  const rome: ExportRule = { ...marked, link: 'rome', services: { matchLabels: { tier: 'gold' } } };
  const { exports } = exportsOf(aService(), {}, [marked, lyon, rome], nothing);
  assert.deepEqual([...exports[0]!.allow], ['london', 'lyon']);
});

const notSelected: Readonly<
  Record<string, readonly [Service, ExportRule, Record<string, string> | undefined]>
> = {
  'a service without the label': [aService({}, { labels: {} }), marked, {}],
  'a service in a namespace that is not selected': [
    aService(),
    { ...marked, namespaces: { matchLabels: { team: 'blue' } } },
    { team: 'red' },
  ],
  'a service in a namespace that is not known yet': [
    aService(),
    { ...marked, namespaces: { matchLabels: { team: 'blue' } } },
    undefined,
  ],
  'the API server': [aService({}, { name: 'kubernetes' }), all, {}],
  'a mirror, by its owner': [
    aService(
      {},
      {
        ownerReferences: [
          { apiVersion: 'linkerd.io/v1alpha1', kind: 'ServiceMirror', name: 'm', uid: '1', controller: true },
        ],
      },
    ),
    all,
    {},
  ],
  "a mirror of Linkerd's": [
    aService({}, { labels: { ...exported, 'mirror.linkerd.io/mirrored-service': 'true' } }),
    marked,
    {},
  ],
  'a service that has no ClusterIP yet': [aService({ clusterIP: '' }), marked, {}],
};
for (const [title, [service, rule, namespaceLabels]] of Object.entries(notSelected)) {
  test(`exportsOf() does not export ${title}, and finds nothing wrong`, () => {
    assert.deepEqual(exportsOf(service, { ...(namespaceLabels && { namespaceLabels }) }, [rule], nothing), {
      exports: [],
      problems: [],
    });
  });
}

test('exportsOf() takes no label and no owner of another group for ownership: such a service is exported', () => {
  const ours = { ...exported, 'app.kubernetes.io/managed-by': 'service-mirror', 'linkerd.io/link': 'paris' };
  const owner = { apiVersion: 'example.com/v1', kind: 'ServiceMirror', name: 'm', uid: '1' };
  const looks: Partial<Service['metadata']>[] = [
    { labels: ours },
    { ownerReferences: [{ ...owner, controller: true }] },
    { ownerReferences: [{ ...owner, apiVersion: 'linkerd.io/v1alpha1' }] },
  ];
  for (const metadata of looks)
    assert.equal(exportsOf(aService({}, metadata), {}, [marked], nothing).exports.length, 1);
});

test('exportsOf() exports a service of that name elsewhere than the API server', () => {
  assert.equal(
    exportsOf(aService({}, { name: 'kubernetes', namespace: 'shop' }), {}, [all], nothing).exports.length,
    1,
  );
  assert.equal(
    exportsOf(
      aService(),
      { namespaceLabels: { team: 'blue' } },
      [{ ...marked, namespaces: { matchLabels: { team: 'blue' } } }],
      nothing,
    ).exports.length,
    1,
  );
});

const impossible: Readonly<
  Record<string, readonly [Partial<Service['spec']>, ExportReason, RegExp, Partial<Service['metadata']>?]>
> = {
  'an ExternalName': [
    { type: 'ExternalName', clusterIP: '', externalName: 'db.example' },
    ...(['UnsupportedService', /ExternalName/] as const),
  ],
  'a headless service without selector': [
    { clusterIP: 'None', selector: null },
    ...(['UnsupportedService', /headless and has no selector/] as const),
  ],
  'a service without selector': [
    { selector: null },
    ...(['SelectorlessNotAllowed', /allowSelectorless in Link london$/] as const),
  ],
  'a service with an empty selector': [{ selector: {} }, 'SelectorlessNotAllowed', /allowSelectorless/],
  'a service without TCP': [{ ports: [{ port: 53, protocol: 'UDP' }] }, 'UnsupportedProtocol', /TCP/],
  'a service at an address that is no target': [
    { clusterIP: '169.254.169.254' },
    ...(['UnsupportedService', /169\.254\.169\.254/] as const),
  ],
  'the API server': [{}, 'UnsupportedService', /API server/, { name: 'kubernetes' }],
};
for (const [title, [spec, reason, message, metadata]] of Object.entries(impossible)) {
  test(`exportsOf() says why ${title} is not exported to who names it, and skips it silently for who exports all`, () => {
    const service = aService(spec, metadata);
    const { exports, problems } = exportsOf(service, {}, [marked, { ...all, link: 'rome' }], nothing);
    assert.deepEqual(exports, []);
    assert.deepEqual(
      problems.map((problem) => [problem.service, problem.reason, ...problem.links]),
      [[keyOf(service), reason, 'london']],
    );
    assert.match(problems[0]!.message, message);
    assert.match(problems[0]!.message, /^not exported: /);
    assert.deepEqual(exportsOf(service, {}, [all], nothing), { exports: [], problems: [] });
  });
}

test('exportsOf() exports a service without selector to those links alone that allow it, and names the others', () => {
  const lyon: ExportRule = { ...all, link: 'lyon', allowSelectorless: true };
  const { exports, problems } = exportsOf(aService({ selector: null }), {}, [marked, lyon], nothing);
  assert.deepEqual([...exports[0]!.allow], ['lyon']);
  assert.deepEqual(
    problems.map(({ reason, links }) => [reason, ...links]),
    [['SelectorlessNotAllowed', 'london']],
  );
});

const links: Readonly<Record<string, readonly [Partial<Exports> | undefined, readonly ExportRule[]]>> = {
  'a Link without exports exports nothing': [undefined, []],
  'exports that select nothing export nothing': [{}, []],
  'an empty selector exports nothing': [{ services: {} }, []],
  'a selector is taken over': [{ services: { matchLabels: exported } }, [marked]],
  '`all` is spelled out': [{ all: true }, [all]],
  'namespaces and selectorless services are taken over': [
    { all: true, namespaces: { matchLabels: { team: 'blue' } }, allowSelectorless: true },
    [{ ...all, namespaces: { matchLabels: { team: 'blue' } }, allowSelectorless: true }],
  ],
};
const aLink = (exports: Partial<Exports> | undefined) => ({
  metadata: { name: 'london' },
  spec: {
    clusterDomain: 'cluster.local',
    transport: 'gateway' as const,
    ...(exports && { exports: exports as Exports }),
  },
});
for (const [title, [exports, rules]] of Object.entries(links)) {
  test(`rulesOf(): ${title}`, () =>
    assert.deepEqual(exportRulesOf([aLink(exports)], [{ link: 'london' }]), rules));
}

test('rulesOf() exports nothing to a link without a resolved peer', () => {
  assert.deepEqual(exportRulesOf([aLink({ all: true })], [{ link: 'lyon' }]), []);
});

test('exportsOf() leaves out what a cluster runs itself by, unless a selector names it', () => {
  const caller = { service: { namespace: 'cert-manager', name: 'webhook' } };
  const webhooks = {
    apiVersion: 'v1',
    kind: 'Some',
    metadata: { name: 'hooks' },
    webhooks: [{ clientConfig: caller }],
  };
  const spared = sparedBy('service-mirror', [webhooks]);
  for (const [namespace, name] of [
    ['kube-system', 'kube-dns'],
    ['service-mirror', 'metrics'],
    ['cert-manager', 'webhook'],
  ] as const) {
    const service = aService({}, { namespace, name });
    assert.deepEqual(exportsOf(service, {}, [all], spared), { exports: [], problems: [] });
    assert.deepEqual(
      [...exportsOf(service, {}, [all, { ...marked, link: 'rome' }], spared).exports[0]!.allow],
      ['rome'],
    );
  }
  const other = aService({}, { namespace: 'cert-manager', name: 'other' });
  assert.equal(exportsOf(other, {}, [all], spared).exports.length, 1);
});
