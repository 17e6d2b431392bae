import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aService,
  aSlice,
  aView,
  endpoint,
  labelled,
  offering,
  of,
  ofPod,
  ownedBy,
  port,
  someFacts,
  spec,
  unready,
} from '../../test/gen/gen.js';
import { backendsOfSpec } from '../api/backends.js';
import { sourceOf } from '../mirror/source.js';
import type { BackendView, TransportAnswer, KnownSource } from '../mirror/view.js';
import { linkerd } from './linkerd.js';
import type { ProbedGateway } from './transport.js';

const identity = 'linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local';
const link = aLink(
  'paris',
  spec({ transport: 'linkerd', clusterDomain: 'paris.example', gateway: { identity } }),
);
const healthy = { healthy: true, reason: 'Healthy', message: 'the gateway answers' } as const;
const failed = { healthy: false, reason: 'ProbeFailed', message: 'connection refused' } as const;
const leaving = { conditions: { ready: false, serving: true, terminating: true } };
const at = (ip: string, more: object = {}) => ({ ip, port: 4143, healthy: true, ...more });

function ask(
  probed: ProbedGateway | undefined,
  { changes = [port(80)], remoteSlices = [aSlice('hello', endpoint('10.9.0.1'))] } = {},
): TransportAnswer {
  const view = aView({
    link,
    remote: { synced: true, service: aService('hello', ...changes), slices: remoteSlices },
  });
  const facts = someFacts([], probed === undefined ? {} : { probed });
  return linkerd.answer({ view, link, source: sourceOf(view) as KnownSource, facts });
}

function shown(answer: TransportAnswer): string[] | 'keep' {
  if (answer.kind === 'keep') return 'keep';
  return answer.slices.map(
    ({ addressType, endpoints, ports }) =>
      `${addressType} ${endpoints.map(({ addresses, conditions }) => `${conditions?.ready === true ? '' : '!'}${addresses.join()}`).join(' ')} -> ${ports.map((each) => `${each.name}:${each.port}`).join(' ')}`,
  );
}

interface Case {
  probed: ProbedGateway | undefined;
  fake?: Parameters<typeof ask>[1];
  slices: string[] | 'keep';
  reason?: string;
}

const cases: Record<string, Case> = {
  'keeps what stands before the first probe': { probed: undefined, slices: 'keep', reason: 'Pending' },
  'keeps what stands while the first round has not ended': {
    probed: { addresses: [at('192.0.2.1')] },
    slices: 'keep',
    reason: 'Pending',
  },
  'keeps what stands when the gateway does not resolve': {
    probed: { addresses: [], health: { healthy: false, reason: 'Unresolved', message: 'no such host' } },
    slices: 'keep',
    reason: 'GatewayUnresolved',
  },
  'leads every port to the port of the gateway': {
    probed: { addresses: [at('192.0.2.1')], health: healthy },
    fake: {
      changes: [port(80, { name: 'http' }), port(443, { name: 'https' })],
      remoteSlices: [aSlice('hello', offering('http', 'https'), endpoint('10.9.0.1'))],
    },
    slices: ['IPv4 192.0.2.1 -> http:4143 https:4143'],
  },
  'leaves out ports that are not TCP': {
    probed: { addresses: [at('192.0.2.1')], health: healthy },
    fake: { changes: [port(80), port(53, { protocol: 'UDP' })] },
    slices: ['IPv4 192.0.2.1 -> :4143'],
  },
  'serves what the other cluster serves while its last pods are shutting down': {
    probed: { addresses: [at('192.0.2.1')], health: healthy },
    fake: { remoteSlices: [aSlice('hello', endpoint('10.9.0.1', leaving))] },
    slices: ['IPv4 192.0.2.1 -> :4143'],
  },
  'has nothing ready where pods offer no port': {
    probed: { addresses: [at('192.0.2.1')], health: healthy },
    fake: { remoteSlices: [aSlice('hello', (draft) => (draft.ports = null), endpoint('10.9.0.1'))] },
    slices: ['IPv4 !192.0.2.1 -> :4143'],
    reason: 'NoReadyEndpoints',
  },
  'has only those addresses ready that answer': {
    probed: { addresses: [at('192.0.2.2', { healthy: false }), at('192.0.2.1')], health: healthy },
    slices: ['IPv4 192.0.2.1 !192.0.2.2 -> :4143'],
  },
  'makes a slice for each family and gateway port': {
    probed: {
      addresses: [at('2001:db8::1'), at('192.0.2.1', { port: 5143 }), at('192.0.2.2')],
      health: healthy,
    },
    slices: ['IPv4 192.0.2.2 -> :4143', 'IPv4 192.0.2.1 -> :5143', 'IPv6 2001:db8::1 -> :4143'],
  },
  'tells when the gateway does not answer': {
    probed: { addresses: [at('192.0.2.1', { healthy: false })], health: failed },
    slices: ['IPv4 !192.0.2.1 -> :4143'],
    reason: 'GatewayUnhealthy',
  },
  'tells when no remote endpoint is ready': {
    probed: { addresses: [at('192.0.2.1')], health: healthy },
    fake: { remoteSlices: [aSlice('hello', unready('10.9.0.1'))] },
    slices: ['IPv4 !192.0.2.1 -> :4143'],
    reason: 'NoReadyEndpoints',
  },
};

describe('linkerd.answer()', () => {
  for (const [sentence, { probed, fake, slices, reason }] of Object.entries(cases)) {
    it(sentence, () => {
      const answer = ask(probed, fake);
      assert.deepEqual(shown(answer), slices);
      assert.equal(answer.kind === 'keep' ? answer.reason : answer.notReady?.reason, reason);
    });
  }

  it('gives gateway addresses no reference to a pod or a node', () => {
    const answer = ask(
      { addresses: [at('192.0.2.1')], health: healthy },
      { changes: [port(80, { appProtocol: 'http' })] },
    );
    assert.deepEqual(answer, {
      kind: 'endpoints',
      slices: [
        {
          addressType: 'IPv4',
          endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }],
          ports: [{ name: '', port: 4143, protocol: 'TCP', appProtocol: 'http' }],
        },
      ],
    });
  });

  it('says the same whatever the order of the addresses', () => {
    const addresses = [at('192.0.2.2'), at('192.0.2.1'), at('2001:db8::1')];
    assert.deepEqual(
      ask({ addresses, health: healthy }),
      ask({ addresses: addresses.toReversed(), health: healthy }),
    );
  });
});

describe('linkerd', () => {
  it('carries TCP, no headless services and no session affinity', () => {
    assert.deepEqual(linkerd.limits, {
      transport: 'linkerd',
      protocols: ['TCP'],
      headless: false,
      sessionAffinity: false,
    });
  });
});

describe('linkerd.metadata()', () => {
  const view = aView({ link, mirror: aMirror('m', of('paris', 'shop/cart')) });

  it("tells Linkerd's proxies and tools what the mirror stands for", () => {
    assert.deepEqual(linkerd.metadata({ view, link }), {
      labels: { 'mirror.linkerd.io/mirrored-service': 'true', 'mirror.linkerd.io/cluster-name': 'paris' },
      annotations: { 'mirror.linkerd.io/remote-svc-fq-name': 'cart.shop.svc.paris.example' },
      sliceAnnotations: { 'mirror.linkerd.io/remote-gateway-identity': identity },
    });
  });

  it('names the cluster of a federated mirror in the annotation of all, and in no label', () => {
    const meshed = aView({ link, mirror: aMirror('m', of('paris', 'shop/cart')), isMeshed: true });
    const remote = {
      synced: true,
      service: aService('cart', port(80)),
      slices: [aSlice('cart', unready('10.9.0.1'))],
    };
    const seen = { ...meshed, remote };
    assert.deepEqual(linkerd.metadata({ view: meshed, link }), {
      labels: { 'mirror.linkerd.io/mirrored-service': 'true' },
      annotations: { 'multicluster.linkerd.io/remote-discovery': 'cart@paris' },
      sliceAnnotations: {},
    });
    const source = sourceOf(seen) as KnownSource;
    const answer = linkerd.answer({ view: seen, link, source, facts: someFacts([]) });
    assert.deepEqual(answer.kind === 'endpoints' && [answer.slices, answer.discovered], [[], true]);
  });

  it('claims no identity that the Link does not give', () => {
    assert.deepEqual(linkerd.metadata({ view, link: aLink() }).sliceAnnotations, {});
  });
});

describe('linkerd, of a Service whose endpoints Linkerd finds itself', () => {
  const exportedAs = (how: string) => labelled({ 'mirror.linkerd.io/exported': how });
  const seen = (how: string, slices = [aSlice('hello', endpoint('10.9.0.1'))]) =>
    aView({ link, remote: { synced: true, service: aService('hello', port(80), exportedAs(how)), slices } });
  const answerTo = (view: BackendView) =>
    linkerd.answer({ view, link, source: sourceOf(view) as KnownSource, facts: someFacts([]) });
  const found = {
    'multicluster.linkerd.io/remote-discovery': 'paris',
    'multicluster.linkerd.io/remote-service': 'hello',
  };
  const labelsOf = (view: BackendView) => linkerd.metadata({ view, link }).labels;
  const common = { 'mirror.linkerd.io/mirrored-service': 'true', 'mirror.linkerd.io/cluster-name': 'paris' };

  it('names the cluster and the Service, and writes no slices', () => {
    assert.deepEqual(labelsOf(seen('remote-discovery')), { ...common, ...found });
    assert.deepEqual(answerTo(seen('remote-discovery')), {
      ...{ kind: 'endpoints', slices: [], discovered: true },
    });
  });

  it('does neither for a Service that is exported through the gateway', () => {
    assert.deepEqual(labelsOf(seen('true')), common);
    assert.equal(answerTo(seen('true')).kind, 'keep');
  });

  it('does neither for a Service of another namespace: Linkerd looks for it in that of the mirror', () => {
    const mirror = aMirror('m', of('paris', 'shop/hello'));
    const view = aView({ ...seen('remote-discovery'), mirror, backend: backendsOfSpec(mirror)[0] });
    assert.deepEqual(labelsOf(view), common);
    assert.equal(answerTo(view).kind, 'keep');
  });

  it('says when no endpoint is ready', () => {
    const answer = answerTo(seen('remote-discovery', []));
    assert.equal(answer.kind === 'endpoints' && answer.notReady?.reason, 'NoReadyEndpoints');
  });

  it('stays so while the remote cluster cannot be seen, and not when it says otherwise', () => {
    const local = aService('hello', labelled(found), ownedBy(aMirror()));
    const ofLyon = { 'multicluster.linkerd.io/remote-discovery': 'lyon' };
    const blind = aView({ link, local, remote: { synced: false, slices: [] } });
    assert.deepEqual(labelsOf(blind), { ...common, ...found });
    assert.deepEqual(labelsOf(aView({ link, local, remote: undefined })), { ...common, ...found });
    assert.deepEqual(labelsOf(aView({ link, local, remote: { synced: true, slices: [] } })), common);
    assert.deepEqual(labelsOf(aView({ link, remote: undefined })), common);
    // another one of several clusters is discovered, and this one's slices stay
    const anothers = aService('hello', labelled({ ...found, ...ofLyon }), ownedBy(aMirror()));
    assert.deepEqual(labelsOf(aView({ link, local: anothers, remote: undefined })), common);
  });
});

describe('linkerd.metadata() of one pod', () => {
  const view = aView({ mirror: aMirror('m', ofPod('paris', 'shop/db', 'db-0')), link });
  it("names it as Linkerd's proxies there do", () =>
    assert.equal(
      linkerd.metadata({ view, link }).annotations['mirror.linkerd.io/remote-svc-fq-name'],
      'db-0.db.shop.svc.paris.example',
    ));

  it('names the headless mirror to which it belongs', () => {
    const mirror = aMirror(
      'm',
      ofPod('paris', 'shop/db', 'db-0'),
      labelled({ 'mirror.linkerd.io/headless-mirror-svc-name': 'db-paris' }),
    );
    const { labels } = linkerd.metadata({ view: aView({ mirror, link }), link });
    assert.equal(labels['mirror.linkerd.io/headless-mirror-svc-name'], 'db-paris');
  });
});
