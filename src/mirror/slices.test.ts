import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aMirror,
  aNamespace,
  aService,
  aSlice,
  aView,
  anInput,
  annotated,
  endpoint,
  metadata,
  ownedBy,
  port,
  unready,
  type ViewFields,
} from '../../test/gen/gen.js';
import type { EndpointSlice } from '../api/objects.js';
import { decideSlices } from './slices.js';
import type { Backend, SliceContent, RemoteSource, TransportAnswer } from './view.js';

const mirror = aMirror('hello-mirror');
const local = aService('hello', port(80), ownedBy(mirror));
const live: RemoteSource = {
  kind: 'live',
  ports: [],
  headless: false,
  ready: 1,
  leaving: 0,
  total: 1,
  closed: [],
  slices: [],
};

const content = (count: number, addressType: SliceContent['addressType'] = 'IPv4'): SliceContent => ({
  addressType,
  endpoints: Array.from({ length: count }, (_, index) => ({ addresses: [`10.0.0.${index}`] })),
  ports: [{ name: '', port: 10000, protocol: 'TCP' }],
});

function decide(answer: TransportAnswer | undefined, fields: Partial<Backend> = {}) {
  return decideSlices(anInput({ view: aView({ mirror, local }), source: live, answer, ...fields }));
}

function written(...given: Parameters<typeof decide>): readonly EndpointSlice[] {
  const decision = decide(...given);
  assert.equal(decision.kind, 'write');
  return decision.kind === 'write' ? decision.slices : [];
}

const answering = (...slices: SliceContent[]): TransportAnswer => ({ kind: 'endpoints', slices });

describe('decideSlices() writes', () => {
  it('what the transport answers, as slices of the Service', () => {
    assert.deepEqual(written(answering(content(1))), [
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: 'hello-mirror-ipv4-0',
          namespace: 'default',
          labels: {
            'app.kubernetes.io/managed-by': 'service-mirror',
            'linkerd.io/link': 'paris',
            'linkerd.io/service-mirror': 'hello-mirror',
            'kubernetes.io/service-name': 'hello',
            'endpointslice.kubernetes.io/managed-by': 'service-mirror',
          },
          annotations: { 'linkerd.io/remote-service': 'default/hello' },
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Service', name: 'hello', uid: 'uid-service-hello', controller: true },
          ],
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.0'] }],
        ports: [{ name: '', port: 10000, protocol: 'TCP' }],
      },
    ]);
  });

  it('at most 100 endpoints into a slice', () => {
    const slices = written(answering(content(201)));
    assert.deepEqual(
      slices.map(({ metadata: { name }, endpoints }) => [name, endpoints?.length]),
      [
        ['hello-mirror-ipv4-0', 100],
        ['hello-mirror-ipv4-1', 100],
        ['hello-mirror-ipv4-2', 1],
      ],
    );
    assert.equal(
      new Set(slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses)))
        .size,
      201,
    );
  });

  it('each address family under names of its own', () => {
    assert.deepEqual(
      written(answering(content(1, 'IPv6'), content(1), content(1))).map(({ metadata }) => metadata.name),
      ['hello-mirror-ipv6-0', 'hello-mirror-ipv4-0', 'hello-mirror-ipv4-1'],
    );
  });

  it('no slice for no endpoints', () => assert.deepEqual(written(answering(content(0))), []));

  it('names of at most 63 characters', () => {
    const long = aService('s'.repeat(63), ownedBy(mirror));
    const names = written(answering(content(150)), { view: aView({ mirror, local: long }) }).map(
      ({ metadata }) => metadata.name,
    );
    assert.equal(new Set(names).size, 2);
    for (const name of names) assert.ok(name.length <= 63, name);
  });

  it("the transport's labels and annotations, those for slices too", () => {
    const metadata = { labels: { a: '1' }, annotations: { b: '2' }, sliceAnnotations: { c: '3' } };
    const [first] = written(answering(content(1)), { metadata });
    assert.equal(first?.metadata.labels?.a, '1');
    assert.equal(first?.metadata.annotations?.b, '2');
    assert.equal(first?.metadata.annotations?.c, '3');
  });

  it('no transport label over those that tie a slice to its Service', () => {
    const labels = { 'kubernetes.io/service-name': 'other' };
    const [first] = written(answering(content(1)), {
      metadata: { labels, annotations: {}, sliceAnnotations: {} },
    });
    assert.equal(first?.metadata.labels?.['kubernetes.io/service-name'], 'hello');
  });
});

describe('decideSlices() makes no slice, and changes those that are there,', () => {
  const going = metadata({ deletionTimestamp: '2026-01-01T00:00:00Z' });
  const cases: Record<string, ViewFields> = {
    'while the Service is being deleted': {
      local: aService('hello', port(80), ownedBy(mirror), going),
    },
    'while the mirror is being deleted': { mirror: aMirror('hello-mirror', going) },
    'while the namespace is being deleted': { namespace: aNamespace('default', going) },
  };
  for (const [sentence, fields] of Object.entries(cases)) {
    it(sentence, () => {
      const answer = answering(content(101));
      assert.deepEqual(written(answer, { view: aView({ mirror, local, ...fields }) }), []);
      const [first] = written(answer);
      const slices = [{ ...first!, endpoints: [] }];
      const changed = written(answer, { view: aView({ mirror, local, ...fields, slices }) });
      assert.deepEqual(changed, [first]);
    });
  }
});

describe('decideSlices() keeps what stands', () => {
  const cases: Record<string, Partial<Backend>> = {
    'while there is no Service': { view: aView({ mirror }) },
    'while the Service is not ours': { view: aView({ mirror, local: aService() }) },
    'while nothing is known': { source: { kind: 'unknown' } },
    'while the transport does not know': { answer: { kind: 'keep', reason: 'Pending', message: 'asks' } },
  };
  for (const [sentence, input] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(decide(answering(content(1)), input), { kind: 'keep' }));
  }

  it('while no transport was asked', () => assert.deepEqual(decide(undefined), { kind: 'keep' }));
});

describe('decideSlices() withdraws', () => {
  const standing = aSlice(
    'hello',
    ownedBy(local),
    annotated({ note: 'x' }),
    endpoint('10.1.0.1', { hostname: 'a' }),
    unready('10.1.0.2'),
  );
  const view = aView({ mirror, local, slices: [standing] });
  const cases: Record<string, Partial<Backend>> = {
    'when the remote service is gone': { source: { kind: 'absent' } },
    'when the mirror is no longer accepted': { notAccepted: { reason: 'LinkNotFound', message: 'no Link' } },
    'when the mirror is no longer accepted and nothing can be seen': {
      notAccepted: { reason: 'LinkNotFound', message: 'no Link' },
      source: { kind: 'unknown' },
    },
  };
  for (const [sentence, input] of Object.entries(cases)) {
    it(`${sentence}: the slices stay, and nothing in them is ready or serving`, () => {
      const [only, ...more] = written(undefined, { ...input, view });
      assert.deepEqual(more, []);
      assert.equal(only?.metadata.name, standing.metadata.name);
      assert.deepEqual(only?.metadata.labels, standing.metadata.labels);
      assert.deepEqual(only?.metadata.annotations, { note: 'x' });
      assert.equal(only?.metadata.resourceVersion, undefined);
      assert.deepEqual(only?.endpoints, [
        { addresses: ['10.1.0.1'], conditions: { ready: false, serving: false }, hostname: 'a' },
        { addresses: ['10.1.0.2'], conditions: { ready: false, serving: false } },
      ]);
      assert.deepEqual(only?.ports, standing.ports);
    });
  }

  it('withdrawing what is withdrawn changes nothing', () => {
    const [once] = written(undefined, { source: { kind: 'absent' }, view });
    const again = aView({ mirror, local, slices: once === undefined ? [] : [once] });
    assert.deepEqual(written(undefined, { source: { kind: 'absent' }, view: again }), [once]);
  });
});
