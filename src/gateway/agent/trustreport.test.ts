import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import type { KubeClient } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { decodeHeard, type Heard } from '../../protocol/trustreport.js';
import { createTrustReporter } from './trustreport.js';

function setUp() {
  const clock = fakeClock();
  const written: { key: string; heard: object }[] = [];
  const state = { heard: new Map() as Heard, refused: false };
  const kube = {
    mergePatch: async (_r: unknown, key: string, body: { data: Record<string, string> }) => {
      if (state.refused) throw new Error('not found');
      const [[instance, text] = ['', '']] = Object.entries(body.data);
      written.push({ key: `${key} ${instance}`, heard: Object.fromEntries(decodeHeard(text)) });
    },
  } as unknown as KubeClient;
  const trustReporter = createTrustReporter({
    ...{ kube, namespace: 'service-mirror', instance: 'ingress-1', clock, log: silent },
    heard: () => state.heard,
  });
  return { clock, written, state, trustReporter };
}

describe('createHearsay()', () => {
  it('writes nothing while nobody wants to know', async () => {
    const { clock, written, state } = setUp();
    state.heard = new Map([['paris', ['a']]]);
    await clock.advance(600_000);
    assert.deepEqual(written, []);
  });

  it('writes what was heard when it changes, and once a minute', async () => {
    const { clock, written, state, trustReporter } = setUp();
    trustReporter.wanted(true);
    await clock.advance(10_000);
    assert.equal(written.length, 0);
    state.heard = new Map([['paris', ['a']]]);
    await clock.advance(5_000);
    assert.deepEqual(written, [
      { key: 'service-mirror/service-mirror-callers ingress-1', heard: { paris: ['a'] } },
    ]);
    trustReporter.wanted(true);
    await clock.advance(50_000);
    assert.equal(written.length, 1);
    await clock.advance(10_000);
    assert.equal(written.length, 2);
    state.heard = new Map([['paris', ['a', 'b']]]);
    await clock.advance(5_000);
    assert.deepEqual(written.map(({ heard }) => heard).at(-1), { paris: ['a', 'b'] });
    trustReporter.stop();
  });

  it('stops when nobody wants to know any more, and begins anew', async () => {
    const { clock, written, state, trustReporter } = setUp();
    state.heard = new Map([['paris', ['a']]]);
    trustReporter.wanted(true);
    await clock.advance(0);
    trustReporter.wanted(false);
    await clock.advance(300_000);
    assert.equal(written.length, 1);
    trustReporter.wanted(true);
    await clock.advance(0);
    assert.equal(written.length, 2);
    trustReporter.stop();
    assert.equal(clock.timers, 0);
  });

  it('tries again soon while the object is not there', async () => {
    const { clock, written, state, trustReporter } = setUp();
    Object.assign(state, { refused: true, heard: new Map([['paris', ['a']]]) });
    trustReporter.wanted(true);
    await clock.advance(20_000);
    state.refused = false;
    await clock.advance(5_000);
    assert.equal(written.length, 1);
    trustReporter.stop();
  });
});
