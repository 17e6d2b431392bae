import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { read } from '../../../test/conformance/client.js';
import { socketPair } from '../../../test/conformance/socketpair.js';
import type { DialMessage } from '../../protocol/dialcontrol.js';
import { converse } from './conversation.js';

/** One side of a conversation, and the raw other side. */
async function aSide(silence = 10_000) {
  const clock = fakeClock();
  const [near, far] = await socketPair();
  const heard: DialMessage[] = [];
  const closed: string[] = [];
  const talk = converse(near, {
    ...{ clock, silence },
    onMessage: (message) => heard.push(message),
    onClose: (reason) => closed.push(reason),
  });
  return {
    clock,
    near,
    far,
    heard,
    closed,
    talk,
    [Symbol.dispose]: () => void [near, far].map((s) => s.destroy()),
  };
}

test('messages arrive however they are split, and what is not known is left out', async () => {
  using side = await aSide();
  side.far.write('{"ping":1');
  side.far.write('2}\n{"later":1}\n{"pong":3}\n');
  await eventually(() => assert.deepEqual(side.heard, [{ ping: 12 }, { pong: 3 }]));
  side.talk.send({ ping: 1 });
  assert.equal((await read(side.far, 11)).toString(), '{"ping":1}\n');
});

const bad: Readonly<Record<string, { send: (far: Socket) => unknown; why: RegExp }>> = {
  'what is no message': { send: (far) => far.write('GET / HTTP/1.1\r\n\r\n'), why: /no message/ },
  'a line without an end': { send: (far) => far.write('x'.repeat(20_000)), why: /too long/ },
  'a flood': { send: (far) => far.write('{"ping":1}\n'.repeat(2_000)), why: /too many messages/ },
  'its end': { send: (far) => far.end(), why: /has ended/ },
  'a reset': { send: (far) => far.resetAndDestroy(), why: /ECONNRESET|gone/ },
};
for (const [what, { send, why }] of Object.entries(bad)) {
  test(`a side that sends ${what} is left, and that is told once`, async () => {
    using side = await aSide();
    send(side.far);
    await eventually(() => assert.match(side.closed.join(), why));
    await eventually(() => side.near.closed);
    assert.equal(side.closed.length, 1);
    assert.equal(side.clock.timers, 0);
  });
}

test('a side that is silent for too long is left', async () => {
  using side = await aSide();
  await side.clock.advance(9_000);
  side.far.write('{"pong":1}\n');
  await eventually(() => side.heard.length === 1);
  await side.clock.advance(9_999);
  assert.deepEqual(side.closed, []);
  await side.clock.advance(1);
  assert.match(side.closed.join(), /nothing was heard/);
});

test('a side that does not read is left before much waits for it', async () => {
  using side = await aSide();
  side.far.pause();
  const tokens = Array.from({ length: 64 }, (_, n) => n.toString(16).padStart(64, '0'));
  for (let sent = 0; sent < 20_000 && side.closed.length === 0; sent++) {
    side.talk.send({ dial: tokens });
    if (sent % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.match(side.closed.join(), /does not read/);
});
