import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as errors from './errors.js';

const { ApiError, NetworkError, TakenError, UndoneError } = errors;
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

const writes: Record<string, [error: unknown, refused: boolean]> = {
  'a field that is not accepted': [new ApiError('x', { status: 422, reason: 'Invalid' }), true],
  'a quota, or a right that is missing': [new ApiError('x', { status: 403, reason: 'Forbidden' }), true],
  'a body that is too large': [new ApiError('x', { status: 413 }), true],
  'a webhook that cannot be asked': [new ApiError('failed calling webhook "w": no', { status: 500 }), true],
  'a write that was stored otherwise': [new UndoneError(['spec.ports']), true],
  "a name that somebody else's object has": [new TakenError('it is taken'), true],
  'another failure of the server': [new ApiError('etcd: no leader', { status: 500 }), false],
  'an object that has changed': [new ApiError('x', { status: 409, reason: 'Conflict' }), false],
  'a server that is busy': [new ApiError('x', { status: 429 }), false],
  'a namespace that is not there': [new ApiError('x', { status: 404 }), false],
  'a network error': [new NetworkError('x', { code: 'ECONNRESET' }), false],
};
for (const [title, [error, refused]] of Object.entries(writes))
  test(`isRefusal(): ${title} is ${refused ? 'one' : 'none'}`, () =>
    assert.equal(errors.isRefusal(error), refused));
