import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  aView,
  anInput,
  annotated,
  exported,
  headless,
  importing,
  labelled,
  metadata,
  named,
  onlyPorts,
  over,
  ownedBy,
  port,
  serviceSpec,
  type ViewFields,
} from '../../test/gen/gen.js';
import type { Service } from '../api/objects.js';
import { transports } from '../transport/transports.js';
import { decideService, type DesiredService, type ServiceDecision } from './service.js';
import { sourceOf } from './source.js';
import type { TransportMetadata } from './view.js';

type Changes = Parameters<typeof aService>[1][];

function decide(
  changes: Changes,
  fields: ViewFields & { transport?: 'flat'; metadata?: TransportMetadata } = {},
): ServiceDecision {
  const { transport = 'gateway', metadata, ...view } = fields;
  const service = aService('hello', ...changes);
  const whole = aView({ remote: { synced: true, service, slices: [] }, ...view });
  const { limits } = transports[transport];
  return decideService(anInput({ view: whole, source: sourceOf(whole), limits, metadata }));
}

function written(...given: Parameters<typeof decide>): DesiredService {
  const decision = decide(...given);
  assert.equal(decision.kind, 'write');
  return decision.service;
}

const own = (...changes: Changes) => aService('hello', port(80), ownedBy(aMirror()), ...changes);

describe('decideService() writes', () => {
  it('a Service of its own name, without a selector', () => {
    assert.deepEqual(written([exported, labelled({ app: 'hello' }), annotated({ note: 'x' }), port(80)]), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'hello',
        namespace: 'default',
        labels: {
          app: 'hello',
          'app.kubernetes.io/managed-by': 'service-mirror',
          'linkerd.io/link': 'paris',
          'linkerd.io/service-mirror': 'hello-mirror',
        },
        annotations: { note: 'x', 'linkerd.io/remote-service': 'default/hello' },
        ownerReferences: [
          {
            apiVersion: 'linkerd.io/v1alpha1',
            kind: 'ServiceMirror',
            name: 'hello-mirror',
            uid: 'uid-servicemirror-hello-mirror',
            controller: true,
          },
        ],
      },
      spec: {
        type: 'ClusterIP',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
        selector: null,
        externalIPs: null,
        internalTrafficPolicy: 'Cluster',
        sessionAffinity: 'None',
        sessionAffinityConfig: null,
        publishNotReadyAddresses: null,
        externalName: null,
        loadBalancerIP: null,
        allocateLoadBalancerNodePorts: null,
        externalTrafficPolicy: null,
        healthCheckNodePort: null,
        loadBalancerClass: null,
        loadBalancerSourceRanges: null,
      },
    });
  });

  it('it under the name that the mirror gives it', () => {
    assert.equal(
      written([port(80)], { mirror: aMirror('m', named('hello-paris')) }).metadata.name,
      'hello-paris',
    );
  });

  it('no label or annotation that the Link excludes', () => {
    const link = aLink('paris', importing({ excludedLabels: ['team'], excludedAnnotations: ['note'] }));
    const { metadata } = written([labelled({ team: 'a' }), annotated({ note: 'x' }), port(80)], { link });
    assert.equal(metadata.labels?.team, undefined);
    assert.equal(metadata.annotations?.note, undefined);
  });

  it('our own labels over those that the remote service claims', () => {
    const { metadata } = written([labelled({ 'app.kubernetes.io/managed-by': 'helm' }), port(80)]);
    assert.equal(metadata.labels?.['app.kubernetes.io/managed-by'], 'service-mirror');
  });

  it('the labels and annotations of the transport, and none that are for slices', () => {
    const metadata = { labels: { a: '1' }, annotations: { b: '2' }, sliceAnnotations: { c: '3' } };
    const written_ = written([port(80)], { metadata });
    assert.equal(written_.metadata.labels?.a, '1');
    assert.equal(written_.metadata.annotations?.b, '2');
    assert.equal(written_.metadata.annotations?.c, undefined);
  });

  const ports: Record<
    string,
    { changes: Changes; mirror?: ViewFields['mirror']; are: Service['spec']['ports'] }
  > = {
    'ports with name and application protocol': {
      changes: [port(80, { name: 'http', appProtocol: 'kubernetes.io/h2c' })],
      are: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80, appProtocol: 'kubernetes.io/h2c' }],
    },
    'no node port and no target port of the other cluster': {
      changes: [port(80, { nodePort: 30080, targetPort: 'web' })],
      are: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    },
    'a port without protocol as TCP': {
      changes: [serviceSpec({ ports: [{ port: 80 }] })],
      are: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    },
    'only the ports that the mirror names': {
      changes: [port(80, { name: 'http' }), port(443, { name: 'https' })],
      mirror: aMirror('hello-mirror', onlyPorts('https')),
      are: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 443 }],
    },
    'no port that the transport cannot carry': {
      changes: [port(53, { name: 'dns', protocol: 'UDP' }), port(53, { name: 'dns-tcp' })],
      are: [{ name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 }],
    },
  };
  for (const [sentence, { changes, mirror, are }] of Object.entries(ports)) {
    it(sentence, () =>
      assert.deepEqual(written(changes, mirror === undefined ? {} : { mirror }).spec.ports, are),
    );
  }

  it('UDP over flat', () => {
    const { spec } = written([port(53, { protocol: 'UDP' })], {
      transport: 'flat',
      link: aLink('paris', over('flat')),
    });
    assert.deepEqual(spec.ports, [{ port: 53, protocol: 'UDP', targetPort: 53 }]);
  });

  it('no field that belongs to the other cluster', () => {
    const { spec } = written([
      port(80),
      serviceSpec({ type: 'LoadBalancer', externalIPs: ['192.0.2.1'], clusterIPs: ['10.96.0.10'] }),
    ]);
    assert.equal(spec.type, 'ClusterIP');
    assert.equal(spec.externalIPs, null);
    assert.equal('clusterIP' in spec || 'clusterIPs' in spec, false);
  });

  it('that endpoints which are not ready are published, if the remote service says so', () => {
    assert.equal(
      written([port(80), serviceSpec({ publishNotReadyAddresses: true })]).spec.publishNotReadyAddresses,
      true,
    );
  });

  const sticky = serviceSpec({
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  });

  it('session affinity where the transport can keep it', () => {
    const { spec } = written([port(80), sticky], { transport: 'flat' });
    assert.equal(spec.sessionAffinity, 'ClientIP');
    assert.deepEqual(spec.sessionAffinityConfig, { clientIP: { timeoutSeconds: 60 } });
  });

  it('no session affinity where all clients arrive from one gateway', () => {
    const { spec } = written([port(80), sticky]);
    assert.equal(spec.sessionAffinity, 'None');
    assert.equal(spec.sessionAffinityConfig, null);
  });

  it('a headless Service of a headless one', () => {
    assert.equal(written([headless, port(80)], { transport: 'flat' }).spec.clusterIP, 'None');
  });

  it('the same for the same, twice', () => {
    assert.deepEqual(written([exported, port(80)]), written([exported, port(80)]));
  });
});

const going = metadata({ deletionTimestamp: '2026-01-01T00:00:00Z' });

describe('decideService()', () => {
  const live = (...changes: Changes) => ({
    remote: { synced: true, service: aService('hello', ...changes), slices: [] },
  });
  const cases: Record<string, { fields: ViewFields; kind: ServiceDecision['kind'] }> = {
    'writes what is not there': { fields: live(port(80)), kind: 'write' },
    'writes over what is ours': { fields: { ...live(port(80)), local: own() }, kind: 'write' },
    'replaces a Service that turned headless': {
      fields: { ...live(port(80), headless), local: own() },
      kind: 'replace',
    },
    'replaces a Service that got a cluster IP': {
      fields: { ...live(port(80)), local: own(headless) },
      kind: 'replace',
    },
    'keeps it while it is being deleted': {
      fields: {
        ...live(port(80), headless),
        local: own(going),
      },
      kind: 'keep',
    },
    'makes none for a mirror that is being deleted': {
      fields: { ...live(port(80)), mirror: aMirror('hello-mirror', going) },
      kind: 'keep',
    },
    'makes none in a namespace that is being deleted': {
      fields: { ...live(port(80)), namespace: aNamespace('default', going) },
      kind: 'keep',
    },
    'replaces none there': {
      fields: { ...live(port(80), headless), namespace: aNamespace('default', going), local: own() },
      kind: 'keep',
    },
    'writes over what is there until then': {
      fields: { ...live(port(80)), namespace: aNamespace('default', going), local: own() },
      kind: 'write',
    },
    'keeps it when the remote service is gone': {
      fields: { remote: { synced: true, slices: [] }, local: own() },
      kind: 'keep',
    },
    'keeps it when the remote cluster cannot be seen': {
      fields: { remote: { synced: false, slices: [] }, local: own() },
      kind: 'keep',
    },
    'writes nothing from memory': { fields: { remote: { synced: false, slices: [] } }, kind: 'keep' },
  };
  for (const [sentence, { fields, kind }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(decide([port(80)], { transport: 'flat', ...fields }).kind, kind));
  }

  it('keeps it while there is a reason against it', () => {
    const view = aView({ ...live(port(80)), local: own() });
    const notAccepted = { reason: 'NamespaceNotAllowed', message: 'no' } as const;
    const { limits } = transports.gateway;
    assert.deepEqual(decideService(anInput({ view, source: sourceOf(view), notAccepted, limits })), {
      kind: 'keep',
    });
  });
});
