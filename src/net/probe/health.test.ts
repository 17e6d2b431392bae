import assert from 'node:assert/strict';
import { test } from 'node:test';
import { next, unknownHealth } from './health.js';

/** Results as `+` and `-`, and what health says after each, as `u` (up) and `d` (down). */
const cases: Readonly<
  Record<string, readonly [failures: number, successes: number, results: string, health: string]>
> = {
  'the first answer counts when one is enough': [3, 1, '+', 'u'],
  'before any answer a gateway is down': [3, 1, '--', 'dd'],
  'so many failures in a row turn it down': [3, 1, '+---', 'uuud'],
  'an answer in between starts the count anew': [3, 1, '+--+--+---', 'uuuuuuuuud'],
  'so many answers in a row bring it back': [1, 3, '+++-++-+++', 'ddudddddd' + 'u'],
  'one failure is enough when the threshold says so': [1, 1, '+-+-', 'udud'],
};

for (const [title, [failureThreshold, successThreshold, results, expected]] of Object.entries(cases)) {
  test(`next(): ${title}`, () => {
    let health = unknownHealth;
    const seen = [...results].map((result) => {
      health = next(health, result === '+', { failureThreshold, successThreshold });
      return health.healthy ? 'u' : 'd';
    });
    assert.equal(seen.join(''), expected);
  });
}
