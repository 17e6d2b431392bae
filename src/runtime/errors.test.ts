import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as errors from './errors.js';

const { ApiError, NetworkError } = errors;
const tests = [
  'isNotFound',
  'isConflict',
  'isAlreadyExists',
  'isGone',
  'isForbidden',
  'isUnauthorized',
] as const;
const cases: Record<string, [error: unknown, yes: (typeof tests)[number][]]> = {
  'not found': [new ApiError('x', { status: 404 }), ['isNotFound']],
  conflict: [new ApiError('x', { status: 409, reason: 'Conflict' }), ['isConflict']],
  'already exists': [new ApiError('x', { status: 409, reason: 'AlreadyExists' }), ['isAlreadyExists']],
  gone: [new ApiError('x', { status: 410, reason: 'Gone' }), ['isGone']],
  'expired, with a status of its own': [new ApiError('x', { status: 500, reason: 'Expired' }), ['isGone']],
  forbidden: [new ApiError('x', { status: 403 }), ['isForbidden']],
  unauthorized: [new ApiError('x', { status: 401 }), ['isUnauthorized']],
  'a network error': [new NetworkError('x', { code: 'ECONNRESET' }), []],
  nothing: [undefined, []],
};
for (const [title, [error, yes]] of Object.entries(cases))
  test(`what an error is: ${title}`, () =>
    assert.deepEqual(
      tests.filter((name) => errors[name](error)),
      yes,
    ));
