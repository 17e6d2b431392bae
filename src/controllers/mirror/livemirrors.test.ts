import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, metadata } from '../../../test/gen/gen.js';
import { ApiError } from '../../runtime/errors.js';
import { createLiveMirrors } from './livemirrors.js';

const mirror = aMirror('hello-mirror');
const key = 'default/hello-mirror';
const gone = new ApiError('gone', { status: 404, reason: 'NotFound' });

/** An API server with these answers, the last one for ever; `asked` is called before each. */
function start(answers: (object | Error)[], asking: () => void = () => undefined) {
  let asked = 0;
  const get = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    asking();
    if (answer instanceof Error) throw answer;
    return answer as never;
  };
  return { live: createLiveMirrors({ get }), asked: () => asked };
}

describe('createLiveMirrors()', () => {
  it('does not ask for a mirror of which nothing is gone', async () => {
    const { live, asked } = start([gone]);
    assert.equal(await live.isThere(mirror), true);
    assert.equal(asked(), 0);
  });

  it('asks once when something is gone', async () => {
    const { live, asked } = start([mirror]);
    live.suspect(key);
    live.suspect(key);
    assert.equal(await live.isThere(mirror), true);
    assert.equal(await live.isThere(mirror), true);
    assert.equal(asked(), 1);
  });

  it('says of a mirror that is gone, or was made again, each time that it is not there', async () => {
    for (const answer of [gone, aMirror('hello-mirror', metadata({ uid: 'another' }))]) {
      const { live } = start([answer]);
      live.suspect(key);
      assert.equal(await live.isThere(mirror), false);
      assert.equal(await live.isThere(mirror), false);
    }
  });

  it('asks again when something goes while it waits for the answer', async () => {
    const { live, asked } = start([mirror, gone], () => asked() === 1 && live.suspect(key));
    live.suspect(key);
    assert.equal(await live.isThere(mirror), false);
    assert.equal(asked(), 2);
  });

  it('throws what the API client throws, and asks again', async () => {
    const { live } = start([new Error('no answer'), gone]);
    live.suspect(key);
    await assert.rejects(live.isThere(mirror), /no answer/);
    assert.equal(await live.isThere(mirror), false);
  });

  it('suspects no mirror that it has forgotten', async () => {
    const { live } = start([gone]);
    live.suspect(key);
    live.forget(key);
    assert.equal(await live.isThere(mirror), true);
  });
});
