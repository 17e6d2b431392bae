import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aMirror,
  aService,
  aSlice,
  anInput,
  endpoint,
  epoch,
  metadata,
  ofClusters,
  offering,
  ownedBy,
  port,
  unready,
  uptime,
} from '../../test/gen/gen.js';
import { aSeenBackend } from '../../test/gen/backends.js';
import { conditionOf } from '../api/conditions.js';
import type { MirrorCluster } from '../api/servicemirror.js';
import type { ServicePort } from '../api/objects.js';
import { leadingBackend } from './backends.js';
import { rolesOf } from './roles.js';
import { decideService } from './service.js';
import { decideStatus } from './status.js';

interface Seen extends MirrorCluster {
  /** When its Service was made. */
  readonly made?: string;
  readonly isReady?: boolean;
  /** Its port; `false`: it has not been seen since the start. */
  readonly serves?: ServicePort | false;
}

/** A mirror of these clusters whose Service has that port. */
function inputOf(own: ServicePort, ...all: readonly [Seen, ...Seen[]]) {
  const clusters = all.map(({ name, priority, weight }) => ({
    name,
    ...(priority !== undefined && { priority }),
    ...(weight !== undefined && { weight }),
  }));
  const mirror = aMirror('hello-mirror', ofClusters(...clusters));
  const local = aService('hello', port(own.port, own), ownedBy(mirror));
  const [first, ...others] = all.map(
    ({ name, made = '2026-01-01T00:00:00Z', isReady = true, serves = own }) => {
      const pod = isReady ? endpoint('10.9.0.1') : unready('10.9.0.1');
      const seen = serves !== false && {
        synced: true,
        service: aService('hello', port(serves.port, serves), metadata({ creationTimestamp: made })),
        slices: [aSlice('hello', offering(serves.name ?? ''), pod)],
      };
      const remote = seen === false ? { synced: false, slices: [] } : seen;
      return aSeenBackend(name, { view: { mirror, local, remote } });
    },
  );
  return anInput(first, ...others);
}

describe('the cluster whose Service the mirror follows', () => {
  const leading = (...all: readonly [Seen, ...Seen[]]) =>
    leadingBackend(inputOf({ port: 80, name: 'http' }, ...all))?.view.backend.cluster;
  const ancient = '0000-01-01T00:00:00Z';

  it('is not one that stands by, however old it says to be', () => {
    assert.equal(leading({ name: 'paris' }, { name: 'lyon', priority: 1, made: ancient }), 'paris');
    assert.equal(leading({ name: 'paris' }, { name: 'lyon', weight: 0, made: ancient }), 'paris');
  });

  it('is the next one while no pod of those before it is ready', () =>
    assert.equal(leading({ name: 'paris', isReady: false }, { name: 'lyon', priority: 1 }), 'lyon'));

  it('is one of weight 0 if there are no others', () =>
    assert.equal(leading({ name: 'paris', weight: 0 }, { name: 'lyon', weight: 0, made: ancient }), 'lyon'));
});

describe('the ports of the Service, while a cluster has not been seen', () => {
  const portsOf = (own: ServicePort, now: ServicePort) => {
    const decision = decideService(
      inputOf(own, { name: 'paris', serves: now }, { name: 'lyon', serves: false }),
    );
    return decision.kind === 'write' ? decision.service.spec.ports?.map((one) => one.port) : decision.kind;
  };

  it('are those that it has and those that are seen', () =>
    assert.deepEqual(portsOf({ port: 80, name: 'http' }, { port: 81, name: 'new' }), [81, 80]));

  it('are those that are seen if one has no name, because the API server would refuse both together', () => {
    assert.deepEqual(portsOf({ port: 80 }, { port: 81 }), [81]);
    assert.deepEqual(portsOf({ port: 80 }, { port: 81, name: 'new' }), [81]);
    assert.deepEqual(portsOf({ port: 80, name: 'http' }, { port: 81 }), [81]);
  });
});

describe('a cluster that has none of the ports of the Service', () => {
  const own = { port: 80, name: 'http' };
  const input = inputOf(
    own,
    { name: 'paris' },
    { name: 'lyon', serves: { port: 8080, name: 'http' } },
    { name: 'rome', priority: 1 },
  );

  it('serves nothing, and one of the next priority does if there is no other', () => {
    const states = ({ view, backends }: typeof input) =>
      rolesOf({ view, backends }).map(({ state }) => state);
    assert.deepEqual(states(input), ['Serving', 'NotReady', 'Standby']);
    const [, lyon, rome] = input.backends;
    assert.deepEqual(states({ ...input, backends: [lyon!, rome!] }), ['NotReady', 'Serving']);
  });

  it('says which it lacks', () => {
    const decision = decideStatus({ ...input, now: epoch, monotonic: uptime });
    assert.equal(decision.kind, 'write');
    assert.match(
      conditionOf({ status: decision.status }, 'Ready')?.message ?? '',
      /lyon: it has no port 80\/TCP/,
    );
  });
});
