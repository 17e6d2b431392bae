import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aMirror, condition, metadata } from '../../../test/gen/gen.js';
import type { ServiceMirrorStatus } from '../../api/mirrorstatus.js';
import { createFirstStatuses } from './firststatus.js';

const saying = (reason: string, message = 'on its way'): ServiceMirrorStatus => ({
  conditions: [{ ...condition('Ready'), status: 'False', reason, message }],
});
const pending = (message?: string) => saying('Pending', message);
const source = { cluster: 'paris', namespace: 'default', name: 'hello', display: 'default/hello' };
const key = 'default/hello-mirror';

function setUp() {
  const clock = fakeClock();
  const line = { isInLine: false };
  const firsts = createFirstStatuses({ clock, isInLine: () => line.isInLine });
  const wait = (status = pending(), of = aMirror('hello-mirror')) => firsts.wait(of, status);
  return { clock, firsts, line, wait };
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

  it('waits for its Service and its slices, whatever it says, but not for ever', async () => {
    const { clock, line, wait } = setUp();
    line.isInLine = true;
    assert.equal(wait(saying('NoReadyEndpoints')), 180_000);
    await clock.advance(60_000);
    assert.equal(wait(), 120_000);
    await clock.advance(120_000);
    assert.equal(wait(), undefined);
  });

  it('has five seconds from when its turn has come', async () => {
    const { clock, line, wait } = setUp();
    line.isInLine = true;
    wait();
    await clock.advance(60_000);
    wait();
    line.isInLine = false;
    assert.equal(wait(), 5_000);
    assert.equal(wait(saying('NotExported')), undefined);
  });

  it('is written at once when it says more than that the mirror is on its way', () => {
    const { wait } = setUp();
    assert.equal(wait({ conditions: [condition('Ready')] }), undefined);
    assert.equal(wait(saying('NotExported')), undefined);
  });

  it('is written at once when it gives an egress port, since gateways route by it', () => {
    const { line, wait } = setUp();
    const ports = [{ port: 80, protocol: 'TCP' as const }];
    assert.equal(wait({ ...pending(), source, ports }), 5_000);
    line.isInLine = true;
    assert.equal(wait({ ...pending(), source, ports: [{ ...ports[0]!, gatewayPort: 10_000 }] }), undefined);
  });

  it('is the first one only while there is none', () => {
    const { wait } = setUp();
    const old = aMirror('hello-mirror', (mirror) => {
      mirror.status = { conditions: [condition('Ready')] };
    });
    assert.equal(wait(pending(), old), undefined);
    const unseen = aMirror('hello-mirror', (mirror) => {
      mirror.status = { observedGeneration: -1 };
    });
    assert.equal(wait(pending(), unseen), 5_000);
  });

  it('has a time of its own when a mirror of that name is made again, or was forgotten', async () => {
    const { clock, firsts, wait } = setUp();
    wait();
    await clock.advance(4_000);
    assert.equal(wait(pending(), aMirror('hello-mirror', metadata({ uid: 'another' }))), 5_000);
    await clock.advance(4_000);
    firsts.forget(key);
    assert.equal(wait(), 5_000);
  });
});
