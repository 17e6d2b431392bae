import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aLink, importing } from '../../../test/gen/gen.js';
import { ApiError } from '../../runtime/errors.js';
import { createLiveLinks } from './livelinks.js';

function start(answers: (object | Error)[]) {
  const clock = fakeClock();
  let asked = 0;
  const get = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer as never;
  };
  return { clock, live: createLiveLinks({ kube: { get }, clock }), asked: () => asked };
}

const automatic = aLink('paris', importing({ automatic: true }));

test('it says whether a Link is there, which one, and whether it is automatic', async () => {
  const { uid } = automatic.metadata;
  assert.deepEqual(await start([automatic]).live.get('paris'), { uid, automatic: true, federated: false });
  assert.deepEqual(await start([aLink('paris')]).live.get('paris'), {
    uid,
    automatic: false,
    federated: false,
  });
  const bare = { ...automatic, spec: undefined };
  assert.deepEqual(await start([bare]).live.get('paris'), { uid, automatic: false, federated: false });
  const federating = aLink('paris', importing({ federated: {} }));
  assert.equal((await start([federating]).live.get('paris'))?.federated, true);
  const gone = new ApiError('gone', { status: 404, reason: 'NotFound' });
  assert.equal(await start([gone]).live.get('paris'), undefined);
});

test('it asks once in a second for each Link', async () => {
  const { clock, live, asked } = start([automatic]);
  await Promise.all([live.get('paris'), live.get('paris'), live.get('lyon')]);
  assert.equal(asked(), 2);
  await clock.advance(1_000);
  await live.get('paris');
  assert.equal(asked(), 3);
});

test('a failure is thrown, and asked for again', async () => {
  const { live, asked } = start([new Error('no answer'), automatic]);
  await assert.rejects(live.get('paris'), /no answer/);
  assert.equal((await live.get('paris'))?.automatic, true);
  assert.equal(asked(), 2);
});
