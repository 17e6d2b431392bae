import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aMirror,
  aService,
  aSlice,
  aView,
  anInput,
  condition,
  endpoint,
  epoch,
  metadata,
  of,
  offering,
  ownedBy,
  port,
  uptime,
  withStatus,
  type ViewFields,
} from '../../test/gen/gen.js';
import { conditionOf } from '../api/conditions.js';
import { transports } from '../transport/transports.js';
import { sourceOf } from './source.js';
import { decideStatus, type StatusDecision } from './status.js';
import type { ConditionInput } from './backendconditions.js';
import { patience, type Backend, type MirrorInput, type TransportAnswer } from './view.js';

const good: TransportAnswer = { kind: 'endpoints', slices: [] };
const asksForTime: TransportAnswer = { kind: 'keep', reason: 'Pending', message: 'asks the egress gateways' };
const complete = withStatus({
  observedGeneration: 1,
  conditions: ['Accepted', 'Synced', 'EndpointsReady', 'Ready'].map((type) => condition(type)),
  endpoints: { ready: 1, total: 1, display: '1/1' },
});
const local = aService('hello', port(80), ownedBy(aMirror()));
const slices = [aSlice('hello', ownedBy(local), endpoint('10.1.0.1'))];
const service = aService('hello', port(80, { name: 'http' }));
const live = { synced: true, service, slices: [aSlice('hello', offering('http'), endpoint('10.9.0.1'))] };

type Said = Partial<Omit<Backend, 'view'> & Omit<ConditionInput, keyof MirrorInput>>;

function decide(
  fields: ViewFields = {},
  { now = epoch, monotonic = uptime, portsExhausted, ...backend }: Said = {},
): StatusDecision {
  const view = aView({ mirror: aMirror('hello-mirror', complete), local, slices, remote: live, ...fields });
  const { limits } = transports.gateway;
  const input = anInput({ view, source: sourceOf(view), limits, answer: good, ...backend });
  return decideStatus({ ...input, now, monotonic, ...(portsExhausted !== undefined && { portsExhausted }) });
}

function written(...given: Parameters<typeof decide>) {
  const decision = decide(...given);
  assert.equal(decision.kind, 'write');
  return decision.kind === 'write' ? decision.status : {};
}

describe('decideStatus() after a start', () => {
  const blind = (more: object = {}) => ({ remote: { synced: false, slices: [], ...more } });
  const objected = (reason: string) =>
    aMirror('hello-mirror', withStatus({ conditions: [condition('Accepted', 'False', reason)] }));
  const cases: Record<string, { fields: ViewFields; input?: Said; kind: StatusDecision['kind'] }> = {
    'keeps what stood there before anybody has connected': { fields: { remote: undefined }, kind: 'keep' },
    'keeps what stood there while the first list is on its way': { fields: blind(), kind: 'keep' },
    'keeps what stood there while contact fails for less than a minute': {
      fields: blind({ failingSince: uptime - patience + 1 }),
      kind: 'keep',
    },
    'says that it no longer knows after a minute': {
      fields: blind({ failingSince: uptime - patience }),
      kind: 'write',
    },
    'speaks when nothing stood there': {
      fields: { ...blind(), mirror: aMirror('hello-mirror') },
      kind: 'write',
    },
    'keeps a reason that only sight can clear': {
      fields: { ...blind(), mirror: objected('UnsupportedService') },
      kind: 'keep',
    },
    'speaks when a reason is cleared without sight': {
      fields: { ...blind(), mirror: objected('LinkNotFound') },
      kind: 'write',
    },
    'says that it no longer knows after a minute, though a transport asks for time': {
      fields: blind({ failingSince: uptime - patience }),
      input: { answer: { kind: 'keep', reason: 'Pending', message: 'waits for the remote endpoint slices' } },
      kind: 'write',
    },
    'speaks at once of an objection': {
      fields: blind(),
      input: { notAccepted: { reason: 'LinkNotFound', message: 'no Link' } },
      kind: 'write',
    },
    'speaks as soon as something is seen': { fields: {}, kind: 'write' },
    'keeps what stood there while the transport asks for time': {
      fields: {},
      input: { answer: asksForTime },
      kind: 'keep',
    },
    'speaks while the transport asks for time, when another spec was spoken of': {
      fields: { mirror: aMirror('hello-mirror', complete, metadata({ generation: 2 })) },
      input: { answer: asksForTime },
      kind: 'write',
    },
    'speaks while the transport asks for time, when nothing else was said before': {
      fields: {
        mirror: aMirror(
          'hello-mirror',
          withStatus({
            conditions: [condition('Accepted'), condition('EndpointsReady', 'False', 'Pending')],
          }),
        ),
      },
      input: { answer: asksForTime },
      kind: 'write',
    },
    'speaks while the transport asks for time, when the mirror was not accepted before and now is': {
      fields: {
        mirror: aMirror(
          'hello-mirror',
          withStatus({
            conditions: ['Accepted', 'EndpointsReady'].map((type) =>
              condition(type, 'False', 'UnsupportedService'),
            ),
          }),
        ),
      },
      input: { answer: asksForTime },
      kind: 'write',
    },
    'speaks at once of ports that are used up': {
      fields: {},
      input: { answer: asksForTime, portsExhausted: new Map([['paris', 'no egress port is free']]) },
      kind: 'write',
    },
  };
  for (const [sentence, { fields, input, kind }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(decide(fields, input).kind, kind));
  }

  it('looks again when the minute is over', () => {
    const { lookAgainAfter } = decide(blind({ failingSince: uptime - 20_000 }));
    assert.equal(lookAgainAfter, 40_000);
  });

  it('looks again when the minute is over, though the cache was complete', () => {
    assert.equal(decide({ remote: { ...live, failingSince: uptime - 20_000 } }).lookAgainAfter, 40_000);
  });

  it('says so or looks again, at times that have fractions, too', () => {
    const remote = { ...live, failingSince: 90_575.20044713609 };
    for (const monotonic of [150_575.20044713607, 150_575.2004471361]) {
      const decision = decide({ remote }, { monotonic });
      const synced = decision.kind === 'write' ? conditionOf(decision, 'Synced')?.status : undefined;
      assert.ok(synced === 'Unknown' || decision.lookAgainAfter !== undefined);
    }
  });

  it('has no reason to look again once the minute is over', () => {
    assert.equal(decide({ remote: { ...live, failingSince: uptime - patience } }).lookAgainAfter, undefined);
    assert.equal(decide().lookAgainAfter, undefined);
  });
});

describe('decideStatus() writes', () => {
  it('service, source, ports and endpoints', () => {
    const { conditions, ...rest } = written({ gatewayPorts: new Map([[80, 10000]]) });
    assert.equal(conditions?.length, 4);
    assert.deepEqual(rest, {
      observedGeneration: 1,
      service: { name: 'hello', clusterIP: '10.96.0.10' },
      source: { cluster: 'paris', namespace: 'default', name: 'hello', display: 'default/hello' },
      ports: [{ port: 80, protocol: 'TCP', gatewayPort: 10000 }],
      endpoints: { ready: 1, total: 1, display: '1/1' },
    });
  });

  it('the remote service where it is', () => {
    const mirror = aMirror('hello-mirror', of('lyon', 'shop/cart'));
    assert.deepEqual(written({ mirror }).source, {
      cluster: 'lyon',
      namespace: 'shop',
      name: 'cart',
      display: 'shop/cart',
    });
  });

  it('no Service that is not ours', () => {
    const notAccepted = { reason: 'NameConflict', message: 'taken' } as const;
    assert.equal('service' in written({ local: aService() }, { notAccepted }), false);
  });

  it('no port that the transport cannot carry', () => {
    const mixed = aService('hello', port(53, { protocol: 'UDP' }), port(80));
    assert.deepEqual(
      written({ remote: { ...live, service: mixed } }).ports?.map((mirrored) => mirrored.port),
      [80],
    );
  });

  it('neither ports nor endpoints of a service that is gone', () => {
    const status = written({ remote: { synced: true, slices: [] } }, { answer: undefined });
    assert.equal('ports' in status || 'endpoints' in status, false);
  });

  it('what was last seen, while it is in doubt and something else is wrong', () => {
    const seen = {
      ports: [{ port: 80, protocol: 'TCP' }],
      endpoints: { ready: 1, total: 1, display: '1/1' },
    };
    const mirror = aMirror('hello-mirror', complete, withStatus(seen));
    const blind = { mirror, local: aService(), remote: { synced: false, slices: [] } };
    const notAccepted = { reason: 'NameConflict', message: 'taken' } as const;
    const { ports, endpoints } = written(blind, { notAccepted });
    assert.deepEqual({ ports, endpoints }, seen);

    const other = aMirror('hello-mirror', complete, withStatus(seen), metadata({ generation: 2 }));
    assert.equal('endpoints' in written({ ...blind, mirror: other }, { notAccepted }), false);
  });

  it('the same for the same, whatever the time, so that a settled mirror is not written', () => {
    const first = written();
    const mirror = aMirror('hello-mirror', (draft) => (draft.status = structuredClone(first)));
    assert.deepEqual(written({ mirror }, { now: epoch + 12_345 }), first);
  });

  it('a transition time only where the status of a condition changes', () => {
    const gone = { remote: { synced: true, slices: [] } };
    const times = written(gone, { now: epoch + 3600_000, answer: undefined }).conditions?.map(
      ({ type, lastTransitionTime }) => [type, lastTransitionTime],
    );
    assert.deepEqual(times, [
      ['Accepted', '2026-01-01T00:00:00Z'],
      ['Synced', '2026-01-01T01:00:00Z'],
      ['EndpointsReady', '2026-01-01T01:00:00Z'],
      ['Ready', '2026-01-01T01:00:00Z'],
    ]);
  });

  it('the generation that it looked at', () => {
    const mirror = aMirror('hello-mirror', metadata({ generation: 7 }));
    const status = written({ mirror });
    assert.equal(status.observedGeneration, 7);
    assert.deepEqual(
      status.conditions?.map(({ observedGeneration }) => observedGeneration),
      [7, 7, 7, 7],
    );
  });
});
