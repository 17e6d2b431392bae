import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, errorOfStatus, parseJson, retryAfterMs, readStart } from './answer.js';

const now = Date.UTC(2026, 0, 1);
const waits: Record<string, [string | undefined, number | undefined]> = {
  none: [undefined, undefined],
  seconds: ['7', 7_000],
  'a date': ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  'a date that has passed': ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  nonsense: ['soon', undefined],
  'more than a minute': ['99999999', 60_000],
  'more than any number': ['9'.repeat(400), 60_000],
  'a date of another century': ['Thu, 01 Jan 2126 00:00:00 GMT', 60_000],
};
for (const [title, [header, expected]] of Object.entries(waits))
  test(`retryAfterMs(): ${title}`, () => assert.equal(retryAfterMs(header, now), expected));

test('errorOf() reads a Status', () => {
  const text = JSON.stringify({
    kind: 'Status',
    message: 'no',
    reason: 'Forbidden',
    details: { kind: 'pods' },
  });
  const error = errorOf({ status: 403, headers: {}, text }, { what: 'GET /x', now });
  assert.deepEqual([error.status, error.reason, error.message], [403, 'Forbidden', 'GET /x: no']);
});

test('errorOf() makes do with a proxy’s page, and with nothing', () => {
  const page = `<html>${'x'.repeat(1_000)}`;
  const error = errorOf({ status: 502, headers: {}, text: page }, { what: 'GET /x', now });
  assert.deepEqual([error.status, error.reason], [502, '']);
  assert.ok(error.message.length < 250);
  assert.equal(
    errorOf({ status: 502, headers: {}, text: '' }, { what: 'GET /x', now }).message,
    'GET /x: HTTP 502',
  );
});

test('errorOfStatus() reads the ERROR event of a watch, however poor', () => {
  const error = errorOfStatus({ code: 410, reason: 'Expired', message: 'too old' }, 'WATCH /x');
  assert.deepEqual([error.status, error.reason], [410, 'Expired']);
  assert.equal(errorOfStatus(undefined, 'WATCH /x').status, 500);
});

test('parseJson() does not quote what it could not read', () => {
  assert.throws(
    () => parseJson('{"token":"hush', 'GET /x'),
    (error: Error) => !error.message.includes('hush') && error.cause === undefined,
  );
});

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test('readStart() reads so much, and leaves the rest', async () => {
  assert.equal(await readStart(pieces('ab', 'c'), 4), 'abc');
  assert.equal(await readStart(pieces('abc', 'def'), 4), 'abcd');
  let taken = 0;
  async function* endless() {
    for (;;) {
      taken++;
      yield Buffer.from('abc');
    }
  }
  assert.equal(await readStart(endless(), 4), 'abca');
  assert.equal(taken, 2);
});
