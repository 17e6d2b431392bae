import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, NetworkError } from './errors.js';
import { restAfter } from './trouble.js';

const api = (status: number, retryAfterMs?: number, message = 'too many requests') =>
  new ApiError(message, { status, retryAfterMs });
const network = (code: string) => new NetworkError('PUT /x: failed', { code });

const cases: Readonly<Record<string, readonly [unknown, number | undefined]>> = {
  'a 429 that asks for seven seconds': [api(429, 7_000), 7_000],
  'a 429 that asks for none': [api(429, 0), 500],
  'a 503 without a wish': [api(503), 500],
  'a webhook that refuses one object with 429': [
    api(429, undefined, 'POST /x: admission webhook "quota.example" denied the request: slow down'),
    undefined,
  ],
  'a 504, which a slow webhook of one object causes, too': [api(504), undefined],
  'a conflict': [api(409), undefined],
  'nobody at the address': [network('ECONNREFUSED'), 500],
  'no route': [network('EHOSTUNREACH'), 500],
  'a name without address': [network('ENOTFOUND'), 500],
  'a request that was cut off, which may have reached the server': [network('ECONNRESET'), undefined],
  'a deadline': [network('ETIMEDOUT'), undefined],
  'any other error': [new Error('odd'), undefined],
};

for (const [what, [error, rest]] of Object.entries(cases))
  test(`restAfter() gives the server ${rest === undefined ? 'no rest' : `${rest} ms`} after ${what}`, () =>
    assert.equal(restAfter(error), rest));
