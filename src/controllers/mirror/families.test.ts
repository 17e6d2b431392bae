import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { fakeClock, type FakeClock } from '../../../test/gen/clock.js';
import { ApiError } from '../../runtime/errors.js';
import { createFamilyRegistry, triedAgainAfter, type FamilyRegistry } from './families.js';

const refusal = (family: string) =>
  new ApiError(
    `POST /api/v1/namespaces/default/services: Service "hello" is invalid: spec.ipFamilies[0]: Invalid value: "${family}": not configured on this cluster`,
    { status: 422, reason: 'Invalid' },
  );

describe('createFamilyRegistry()', () => {
  let clock: FakeClock;
  let registry: FamilyRegistry;
  let told: number;
  beforeEach(() => {
    clock = fakeClock();
    told = 0;
    registry = createFamilyRegistry({ clock, onChange: () => void (told += 1) });
  });

  it('knows of none before the API server has refused one', () => {
    assert.deepEqual([registry.absent(), registry.untried()], [[], []]);
  });

  it('learns from a refusal, and tells once', () => {
    assert.equal(registry.refused(refusal('IPv6')), true);
    assert.equal(registry.refused(refusal('IPv6')), true);
    assert.deepEqual([registry.absent(), registry.untried(), told], [['IPv6'], ['IPv6'], 1]);
  });

  it('learns nothing from other failures', () => {
    for (const error of [
      new ApiError('spec.ports[0].name: Invalid value: "IPv6"', { status: 422 }),
      new ApiError(refusal('IPv6').message, { status: 403 }),
      new Error(refusal('IPv6').message),
      refusal('IPv7'),
    ])
      assert.equal(registry.refused(error), false);
    assert.deepEqual([registry.absent(), told], [[], 0]);
  });

  it('lets one Service be tried now and then, and takes it for absent meanwhile', async () => {
    registry.refused(refusal('IPv6'));
    await clock.advance(triedAgainAfter);
    assert.deepEqual([registry.absent(), registry.untried()], [['IPv6'], []]);
    registry.refused(refusal('IPv6'));
    assert.deepEqual([registry.untried(), told], [['IPv6'], 1]);
  });

  it('forgets it when a Service has got one', () => {
    registry.refused(refusal('IPv6'));
    registry.given(['IPv4']);
    assert.deepEqual([registry.absent(), told], [['IPv6'], 1]);
    registry.given(['IPv6']);
    assert.deepEqual([registry.absent(), told], [[], 2]);
  });
});
