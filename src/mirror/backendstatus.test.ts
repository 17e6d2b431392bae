import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, anInput, aService, ofClusters, ownedBy, port, withStatus } from '../../test/gen/gen.js';
import { aSeenBackend } from '../../test/gen/backends.js';
import * as shown from './backendstatus.js';
import { rolesOf } from './roles.js';
import type { Backend, MirrorInput } from './view.js';

const mirror = aMirror('m', ofClusters('paris', { name: 'lyon', priority: 1, weight: 3 }));
const local = aService('hello', port(80, { name: 'http' }), ownedBy(mirror));
const paris = aSeenBackend('paris', { transport: 'gateway', view: { mirror, local } });
const lyon = aSeenBackend('lyon', { view: { mirror, local } });
const hello = { namespace: 'default', name: 'hello' };
const port80 = { name: 'http', port: 80, protocol: 'TCP', gatewayPort: 10_000 };

const backendsShown = (input: MirrorInput) => shown.backendsShown(input, rolesOf(input));
const endpointsShown = (input: MirrorInput) => shown.endpointsShown(input, rolesOf(input));

describe('backendsShown()', () => {
  it('says of each what it does, and where its egress ports lead', () => {
    assert.deepEqual(backendsShown(anInput(paris, lyon)), [
      {
        ...{ cluster: 'paris', ...hello, state: 'Serving', priority: 0, weight: 1 },
        ...{ ready: 1, total: 1, ports: [port80] },
      },
      { cluster: 'lyon', ...hello, state: 'Standby', priority: 1, weight: 3, ready: 1, total: 1 },
    ]);
  });

  it('is not there for one cluster', () => {
    assert.equal(backendsShown(anInput(aSeenBackend('paris'))), undefined);
  });

  it('keeps the ports and counts of a cluster that has not been seen since the start, and no others', () => {
    const record = {
      ...{ cluster: 'paris', ...hello, state: 'Serving' as const, priority: 0, weight: 1 },
      ...{ ready: 2, total: 3, ports: [port80] },
    };
    const told = aMirror('m', ofClusters('paris', 'lyon'), withStatus({ backends: [record] }));
    const unseen = { ...paris, view: { ...paris.view, mirror: told }, source: { kind: 'unknown' } } as const;
    const second = { ...lyon, view: { ...lyon.view, mirror: told } };
    assert.deepEqual(backendsShown(anInput(unseen, second))?.[0], record);
    const notAccepted = { reason: 'LinkNotFound', message: '' } as const;
    const [refused] = backendsShown(anInput({ ...unseen, notAccepted }, second)) ?? [];
    assert.equal(refused?.ports, undefined);
  });
});

describe('a cluster from which the mirror may not take', () => {
  const notAccepted = { reason: 'NamespaceNotAllowed', message: '' } as const;
  it('has no counts: who may write mirrors would learn of Services in any namespace', () => {
    const [refused] = backendsShown(anInput({ ...paris, notAccepted }, lyon)) ?? [];
    assert.deepEqual([refused?.ready, refused?.total], [undefined, undefined]);
    assert.equal(endpointsShown(anInput({ ...paris, notAccepted }, lyon))?.display, 'lyon 1/1');
    assert.equal(endpointsShown(anInput({ ...aSeenBackend('paris'), notAccepted })), undefined);
  });
});

describe('endpointsShown()', () => {
  it('counts those of the clusters that serve, and says what the others do', () => {
    assert.deepEqual(endpointsShown(anInput(paris, lyon)), {
      ...{ ready: 1, total: 1, display: 'paris 1/1, lyon 1/1 standby' },
    });
    const notReady = { reason: 'NoReadyEndpoints', message: '' } as const;
    const down = { ...paris, answer: { kind: 'endpoints', slices: [], notReady } } as const;
    assert.equal(endpointsShown(anInput(down, lyon))?.display, 'paris 1/1 down, lyon 1/1');
  });

  it('leaves out those that are shutting down, unless there is no other cluster', () => {
    const going = (backend: Backend): Backend => {
      const { source } = backend;
      assert.ok(source.kind === 'live');
      return { ...backend, source: { ...source, leaving: 1 } };
    };
    assert.match(endpointsShown(anInput(going(paris), lyon))?.display ?? '', /^paris 0\/1/);
    assert.equal(endpointsShown(anInput(going(aSeenBackend('paris'))))?.display, '1/1');
  });

  it('is a fraction for one cluster, and nothing while none is known', () => {
    const one = aSeenBackend('paris');
    assert.deepEqual(endpointsShown(anInput(one)), { ready: 1, total: 1, display: '1/1' });
    assert.equal(endpointsShown(anInput({ ...one, source: { kind: 'unknown' } })), undefined);
  });
});
