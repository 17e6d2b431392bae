import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aService } from '../../test/gen/gen.js';
import { fakeClock } from '../../test/gen/clock.js';
import { ApiError, NetworkError } from './errors.js';
import { createInFlight, withMeasuredWrites } from './inflight.js';
import type { KubeClient } from './kube.js';
import { configMaps, services } from '../api/resources.js';

function start(most = 16) {
  const clock = fakeClock();
  const inFlight = createInFlight({ clock, most });
  const good = async (times: number) => {
    for (let n = 0; n < times; n++) await inFlight.measure(async () => 'stored');
  };
  const refused = (status: number) =>
    assert.rejects(
      inFlight.measure(() => Promise.reject(new ApiError('refused', { status, reason: 'Refused' }))),
    );
  return { clock, inFlight, good, refused };
}

describe('createInFlight()', () => {
  it('begins with the most, and gives no more', async () => {
    const { inFlight, good } = start();
    assert.equal(inFlight.limit, 16);
    await good(100);
    assert.equal(inFlight.limit, 16);
  });

  for (const status of [429, 503, 504])
    it(`halves the limit after ${status}, once in a second, and not below two`, async () => {
      const { clock, inFlight, refused } = start();
      const limits: number[] = [];
      for (let n = 0; n < 5; n++) {
        await refused(status);
        await refused(status);
        limits.push(inFlight.limit);
        await clock.advance(1_000);
      }
      assert.deepEqual(limits, [8, 4, 2, 2, 2]);
    });

  it('does so after a slow answer, too', async () => {
    const { clock, inFlight } = start();
    await inFlight.measure(() => clock.advance(1_501));
    assert.equal(inFlight.limit, 8);
    await inFlight.measure(() => clock.advance(1_500));
    assert.equal(inFlight.limit, 8);
  });

  it('raises it by one for each round of good answers', async () => {
    const { inFlight, good, refused } = start();
    await refused(429);
    await good(8);
    assert.equal(inFlight.limit, 9);
    await good(9 + 10 + 11);
    assert.equal(inFlight.limit, 12);
  });

  it('takes a network error for no answer at all, and neither raises nor lowers it', async () => {
    const { inFlight, good, refused } = start();
    await refused(429);
    await good(7);
    const failed = () => Promise.reject(new NetworkError('refused', { code: 'ECONNREFUSED' }));
    for (let n = 0; n < 100; n++) await assert.rejects(inFlight.measure(failed));
    assert.equal(inFlight.limit, 8);
  });

  it('takes other refusals for good answers: they say nothing of the load', async () => {
    const { inFlight, refused } = start();
    for (const status of [403, 409, 422]) await refused(status);
    assert.equal(inFlight.limit, 16);
  });
});

describe('withMeasuredWrites()', () => {
  it('measures every kind of write, each under the name of what it writes', async () => {
    const refuse = () => Promise.reject(new ApiError('refused', { status: 429, reason: 'TooManyRequests' }));
    const kube = { create: refuse, mergePatch: refuse, apply: refuse, replace: refuse, remove: refuse };
    for (const write of Object.keys(kube) as (keyof typeof kube)[]) {
      const { inFlight } = start();
      const client = withMeasuredWrites(kube as unknown as KubeClient, { services: inFlight });
      const send = (r: object) =>
        (client as unknown as Record<string, (r: object, what: object) => Promise<unknown>>)[write]!(
          r,
          aService('hello'),
        );
      await assert.rejects(send(configMaps));
      assert.equal(inFlight.limit, 16, write);
      await assert.rejects(send(services));
      assert.equal(inFlight.limit, 8, write);
    }
  });
});
