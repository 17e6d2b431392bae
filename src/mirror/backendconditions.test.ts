import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anInput, aSlice, endpoint, epoch, offering, ownedBy, uptime } from '../../test/gen/gen.js';
import { aSeenBackend, twofoldService } from '../../test/gen/backends.js';
import { backendConditions, type ConditionInput } from './backendconditions.js';
import type { Role } from './roles.js';
import type { Backend } from './view.js';

const slices = [aSlice('hello', ownedBy(twofoldService), offering('http'), endpoint('10.9.0.1'))];
const served = aSeenBackend('paris', { view: { slices } });
const unserved = aSeenBackend('rome');

const serving: Role = { state: 'Serving', priority: 0, weight: 1 };

function said(backend: Backend, more: Partial<ConditionInput> = {}, role = serving): string[] {
  const input = { ...anInput(served, unserved), now: epoch, monotonic: uptime, ...more };
  const { synced, endpoints, ready } = backendConditions(backend, input, role);
  return [synced, endpoints, ready].map(({ type, status, reason }) => `${type} ${status} ${reason}`);
}

describe('backendConditions()', () => {
  it('looks at the slices of that backend alone', () => {
    assert.deepEqual(said(served), [
      'Synced True Synced',
      'EndpointsReady True EndpointsReady',
      'Ready True Ready',
    ]);
    assert.deepEqual(said(unserved), [
      'Synced True Synced',
      'EndpointsReady False Pending',
      'Ready False Pending',
    ]);
  });

  it('needs no slices where clients find the endpoints themselves', () => {
    const answer = { kind: 'endpoints', slices: [], discovered: true } as const;
    const discovered = { ...unserved, answer };
    assert.equal(said(discovered)[2], 'Ready True Ready');
    assert.equal(said(discovered, { refused: { slices: 'no quota' } })[2], 'Ready True Ready');
    const notReady = { reason: 'NoReadyEndpoints', message: 'none' } as const;
    const none = { ...unserved, answer: { ...answer, notReady } };
    assert.equal(said(none)[2], 'Ready False NoReadyEndpoints');
  });

  it('says of that backend alone that its egress ports are used up', () => {
    const portsExhausted = new Map([['rome', 'none is free']]);
    assert.equal(said(unserved, { portsExhausted })[2], 'Ready False PortsExhausted');
    assert.equal(said(served, { portsExhausted })[2], 'Ready True Ready');
  });

  it('gives the reason against that backend as that of all conditions', () => {
    const refused = aSeenBackend('rome', { view: { link: undefined } });
    assert.deepEqual(
      said(refused),
      ['Synced', 'EndpointsReady', 'Ready'].map((type) => `${type} False LinkNotFound`),
    );
  });

  it('says of each what the API server of this cluster refuses of the mirror', () => {
    const refused = { service: 'no quota' };
    for (const backend of [served, unserved])
      assert.equal(said(backend, { refused })[0], 'Synced False WriteRefused');
  });
});
