import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aMirror, condition, metadata } from '../../../test/gen/gen.js';
import type { ServiceMirrorStatus } from '../../api/mirrorstatus.js';
import { createFirstStatuses } from './firststatus.js';

const pending = (message = 'on its way'): ServiceMirrorStatus => ({
  conditions: [{ ...condition('Ready'), status: 'False', reason: 'Pending', message }],
});
const source = { cluster: 'paris', namespace: 'default', name: 'hello', display: 'default/hello' };

function setUp() {
  const clock = fakeClock();
  const firsts = createFirstStatuses({ clock });
  const mirror = aMirror('hello-mirror');
  const wait = (status = pending(), tried = true, of = mirror) => firsts.wait({ mirror: of, status, tried });
  return { clock, firsts, mirror, wait };
}

describe('the first status of a mirror', () => {
  it('is written after five seconds in which nothing has changed', async () => {
    const { clock, wait } = setUp();
    assert.equal(wait(), 5_000);
    await clock.advance(4_000);
    assert.equal(wait(), 1_000);
    assert.equal(wait(pending('further on')), 5_000);
    await clock.advance(5_000);
    assert.equal(wait(pending('further on')), undefined);
  });

  it('waits for its turn, but not for ever', async () => {
    const { clock, wait } = setUp();
    assert.equal(wait(pending(), false), 180_000);
    await clock.advance(60_000);
    assert.equal(wait(pending(), false), 120_000);
    assert.equal(wait(pending(), true), 5_000);
    await clock.advance(120_000);
    assert.equal(wait(pending('another'), true), undefined);
  });

  it('is written at once when it says more than that the mirror is on its way', () => {
    const { wait } = setUp();
    assert.equal(wait({ conditions: [condition('Ready')] }), undefined);
    assert.equal(
      wait({ conditions: [{ ...condition('Ready'), status: 'False', reason: 'NotExported' }] }),
      undefined,
    );
  });

  it('is written at once when it gives an egress port, since gateways route by it', () => {
    const { wait } = setUp();
    const ports = [{ port: 80, protocol: 'TCP' as const }];
    assert.equal(wait({ ...pending(), source, ports }), 5_000);
    assert.equal(wait({ ...pending(), source, ports: [{ ...ports[0]!, gatewayPort: 10_000 }] }), undefined);
  });

  it('is the first one only while there is none', () => {
    const { wait } = setUp();
    const old = aMirror('hello-mirror', (mirror) => {
      mirror.status = { conditions: [condition('Ready')] };
    });
    assert.equal(wait(pending(), true, old), undefined);
    const unseen = aMirror('hello-mirror', (mirror) => {
      mirror.status = { observedGeneration: -1 };
    });
    assert.equal(wait(pending(), true, unseen), 5_000);
  });

  it('has a time of its own when a mirror of that name is made again, or was forgotten', async () => {
    const { clock, firsts, wait } = setUp();
    wait();
    await clock.advance(4_000);
    assert.equal(wait(pending(), true, aMirror('hello-mirror', metadata({ uid: 'another' }))), 5_000);
    await clock.advance(4_000);
    firsts.forget('default/hello-mirror');
    assert.equal(wait(), 5_000);
  });
});
