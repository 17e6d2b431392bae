import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { type Log, silent } from '../../runtime/log.js';
import { type Refusal, uncounted } from '../events.js';
import { tellBounds } from './bounds.js';

function start() {
  const clock = fakeClock();
  const lines: string[] = [];
  const take =
    (level: string): Log['info'] =>
    (message, fields) => {
      const { reason, link, refused } = fields as { reason: string; link?: string; refused?: number };
      lines.push([level, message.split(':')[0], reason, link, refused].join(' '));
    };
  const passed: string[] = [];
  const counted = {
    ...uncounted,
    refused: (reason: Refusal, link = '') => void passed.push(`${reason} ${link}`.trim()),
  };
  const log: Log = { ...silent, warn: take('warn'), info: take('info') };
  const { events, close } = tellBounds(counted, { clock, log });
  return { clock, lines, passed, events, close };
}

test('a bound is told of at once, then once a minute, and when it is over', async () => {
  const { clock, lines, passed, events } = start();
  for (let n = 0; n < 5; n++) events.refused('TooMany', 'a');
  assert.deepEqual(lines.splice(0), ['warn the gateway is at a bound TooMany a ']);
  await clock.advance(30_000);
  events.refused('TooMany', 'a');
  assert.deepEqual(lines, []);
  await clock.advance(30_000);
  assert.deepEqual(lines.splice(0), ['warn the gateway is still at a bound TooMany a 5']);
  await clock.advance(60_000);
  assert.deepEqual(lines.splice(0), ['info the gateway is below its bound again TooMany a 6']);
  assert.equal(clock.timers, 0);
  events.refused('TooMany', 'a');
  assert.deepEqual(lines, ['warn the gateway is at a bound TooMany a ']);
  assert.equal(passed.length, 7);
});

test('each bound and each link is told of by itself, and other refusals are not', () => {
  const { lines, passed, events } = start();
  events.refused('TooMany');
  events.refused('TooMany', 'a');
  events.refused('TooManyHandshakes');
  events.refused('NotAllowed', 'a');
  assert.deepEqual(lines, [
    'warn the gateway is at a bound TooMany  ',
    'warn the gateway is at a bound TooMany a ',
    'warn the gateway is at a bound TooManyHandshakes  ',
  ]);
  assert.deepEqual(passed, ['TooMany', 'TooMany a', 'TooManyHandshakes', 'NotAllowed a']);
});

test('close() leaves no timer behind', () => {
  const { clock, events, close } = start();
  events.refused('TooMany', 'a');
  close();
  assert.equal(clock.timers, 0);
});
