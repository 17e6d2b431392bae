import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aService,
  aSlice,
  aView,
  endpoint,
  headless,
  of,
  ofPod,
  onlyPorts,
  over,
  ownedBy,
  port,
  serviceSpec,
  slice,
  slicePorts,
  someFacts,
  unready,
  withStatus,
  type ViewFields,
} from '../../test/gen/gen.js';
import { aHeadless, aPodSlice } from '../../test/gen/pods.js';
import { sourceOf } from '../mirror/source.js';
import type { TransportAnswer, KnownSource } from '../mirror/view.js';
import { flat } from './flat.js';

const link = aLink('paris', over('flat'));
const service = aService('hello', port(80, { name: 'http' }), port(9090, { name: 'metrics' }));
const ports = slicePorts(
  { name: 'http', port: 8080, protocol: 'TCP' },
  { name: 'metrics', port: 9090, protocol: 'TCP' },
);

function ask(slices: ReturnType<typeof aSlice>[], fields: ViewFields = {}): TransportAnswer {
  const view = aView({ link, remote: { synced: true, service, slices }, ...fields });
  return flat.answer({ view, link, source: sourceOf(view) as KnownSource, facts: someFacts([]) });
}

function slicesOf(...given: Parameters<typeof ask>) {
  const answer = ask(...given);
  return answer.kind === 'endpoints' ? answer.slices : 'keep';
}

describe('flat.answer()', () => {
  it('copies endpoints with conditions and host name, and drops what is the other cluster’s own', () => {
    const remote = aSlice(
      'hello',
      ports,
      endpoint('10.9.0.1', {
        conditions: { ready: true, serving: true, terminating: false },
        hostname: 'hello-0',
        nodeName: 'node-1',
        zone: 'zone-a',
        hints: { forZones: [{ name: 'zone-a' }] },
        targetRef: { kind: 'Pod', name: 'hello-0', uid: 'a' },
      }),
    );
    assert.deepEqual(ask([remote]), {
      kind: 'endpoints',
      slices: [
        {
          addressType: 'IPv4',
          endpoints: [
            {
              addresses: ['10.9.0.1'],
              conditions: { ready: true, serving: true, terminating: false },
              hostname: 'hello-0',
            },
          ],
          ports: [
            { name: 'http', port: 8080, protocol: 'TCP' },
            { name: 'metrics', port: 9090, protocol: 'TCP' },
          ],
        },
      ],
    });
  });

  it('keeps only the ports that are mirrored', () => {
    const mirror = aMirror('m', onlyPorts('metrics'));
    const [first] = slicesOf([aSlice('hello', ports, endpoint('10.9.0.1'))], { mirror });
    assert.deepEqual((first as { ports: unknown }).ports, [{ name: 'metrics', port: 9090, protocol: 'TCP' }]);
  });

  it('copies slices in the order of their names, whatever order they come in', () => {
    const one = aSlice('hello', slice('a'), ports, endpoint('10.9.0.1'));
    const two = aSlice('hello', slice('b'), ports, endpoint('10.9.0.2'));
    assert.deepEqual(slicesOf([two, one]), slicesOf([one, two]));
  });

  it('copies both families', () => {
    const six = aSlice('hello', slice('six', 'IPv6'), ports, endpoint('fd00::9'));
    const four = aSlice('hello', slice('four'), ports, endpoint('10.9.0.1'));
    const found = slicesOf([six, four]);
    assert.deepEqual(found === 'keep' ? found : found.map(({ addressType }) => addressType), [
      'IPv4',
      'IPv6',
    ]);
  });

  it('leaves out slices of names, which are no addresses', () => {
    assert.deepEqual(slicesOf([aSlice('hello', slice('names', 'FQDN'), endpoint('example.com'))]), []);
  });

  it('lets what is absent mean what it means: a ready TCP endpoint of an unnamed port', () => {
    const bare = aSlice(
      'hello',
      slicePorts({ port: 8080 }),
      (draft) => (draft.endpoints = [{ addresses: ['10.9.0.1'] }]),
    );
    const single = { remote: { synced: true, service: aService('hello', port(80)), slices: [bare] } };
    assert.deepEqual(ask([bare], single), {
      kind: 'endpoints',
      slices: [
        {
          addressType: 'IPv4',
          endpoints: [{ addresses: ['10.9.0.1'], conditions: {} }],
          ports: [{ name: '', port: 8080, protocol: 'TCP' }],
        },
      ],
    });
  });

  it('keeps application protocols', () => {
    const remote = aSlice(
      'hello',
      slicePorts({ name: 'http', port: 1, appProtocol: 'kubernetes.io/h2c' }),
      endpoint('10.9.0.1'),
    );
    const [first] = slicesOf([remote]);
    assert.deepEqual((first as { ports: unknown }).ports, [
      { name: 'http', port: 1, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
    ]);
  });

  it('tells when no endpoint is ready, and still lists them', () => {
    const answer = ask([aSlice('hello', ports, unready('10.9.0.1'))]);
    assert.equal(answer.kind === 'endpoints' && answer.notReady?.reason, 'NoReadyEndpoints');
    assert.equal(answer.kind === 'endpoints' && answer.slices[0]?.endpoints[0]?.conditions?.ready, false);
  });

  it('objects to nothing while pods that are shutting down serve, whose conditions it copies', () => {
    const conditions = { ready: false, serving: true, terminating: true };
    const answer = ask([aSlice('hello', ports, endpoint('10.9.0.1', { conditions }))]);
    assert.equal(answer.kind === 'endpoints' && answer.notReady, undefined);
    assert.deepEqual(answer.kind === 'endpoints' && answer.slices[0]?.endpoints[0]?.conditions, conditions);
  });

  it('names the port that no pod offers', () => {
    const mute = aSlice('hello', (draft) => (draft.ports = null), endpoint('10.9.0.1'));
    const answer = ask([mute]);
    assert.equal(
      answer.kind === 'endpoints' && answer.notReady?.message,
      'port http: no pod offers targetPort 80; port metrics: no pod offers targetPort 9090',
    );
  });

  it('keeps what stands while the remote slices cannot be seen', () => {
    const mirror = aMirror('m', withStatus({ endpoints: { ready: 1, total: 1, display: '1/1' } }));
    const local = aService('hello', port(80), ownedBy(mirror));
    const answer = ask([], { mirror, local, remote: { synced: false, slices: [] } });
    assert.equal(answer.kind, 'keep');
    assert.equal(answer.kind === 'keep' && answer.reason, 'Pending');
  });
});

describe('flat', () => {
  it('carries everything, and asks for no metadata of its own', () => {
    assert.deepEqual(flat.limits, {
      transport: 'flat',
      protocols: ['TCP', 'UDP', 'SCTP'],
      headless: true,
      sessionAffinity: true,
    });
    assert.deepEqual(flat.metadata({ view: aView(), link }), {
      labels: {},
      annotations: {},
      sliceAnnotations: {},
    });
  });
});

describe('flat.families()', () => {
  const of = (...changes: Parameters<typeof aService>[1][]) => {
    const view = aView({
      link,
      remote: { synced: true, service: aService('hello', ...changes), slices: [] },
    });
    return flat.families({ view, link, source: sourceOf(view) as KnownSource, facts: someFacts([]) });
  };
  it('are those of the remote service', () =>
    assert.deepEqual(of(serviceSpec({ ipFamilies: ['IPv6', 'IPv4'] })), ['IPv6', 'IPv4']));
  it('are of no account for a headless one', () => assert.equal(of(headless), undefined));
});

describe('flat.answer() of a headless service', () => {
  const db = aHeadless('db', port(5432, { name: 'db' }));
  const pods = aPodSlice('db', [
    ['db-0', '10.9.0.1'],
    ['db-1', '10.9.0.2'],
  ]);
  const names = (fields: ViewFields) => {
    const slices = slicesOf([pods], { remote: { synced: true, service: db, slices: [pods] }, ...fields });
    assert.ok(slices !== 'keep');
    return slices.flatMap(({ endpoints }) =>
      endpoints.map(({ hostname, addresses }) => [hostname, ...addresses]),
    );
  };

  it('keeps the host names, so that each leads to its pod', () =>
    assert.deepEqual(names({ mirror: aMirror('m', of('paris', 'default/db')) }), [
      ['db-0', '10.9.0.1'],
      ['db-1', '10.9.0.2'],
    ]));

  it('has one pod alone for a mirror of that pod', () =>
    assert.deepEqual(names({ mirror: aMirror('m', ofPod('paris', 'default/db', 'db-1')) }), [
      ['db-1', '10.9.0.2'],
    ]));
});
