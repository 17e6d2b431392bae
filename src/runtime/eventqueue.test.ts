import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { ApiError, NetworkError } from './errors.js';
import { createEventQueue, type EventWrite } from './eventqueue.js';
import { silent } from './log.js';

/** A queue whose writes are sent when `answer` says so; `sent` names those that have begun. */
function aQueue() {
  const clock = fakeClock();
  const logged: string[] = [];
  const sent: string[] = [];
  const ended: string[] = [];
  const answers: ((error?: Error) => void)[] = [];
  const log = {
    ...silent,
    warn: (message: string, { error: _error, ...fields }: { error?: unknown } = {}) =>
      void logged.push(`${message} ${JSON.stringify(fields)}`),
  };
  const queue = createEventQueue<string>({ clock, log, random: () => 0 });
  const put = (reason: string, type: EventWrite<string>['type'] = 'Normal') => {
    const send = () => {
      sent.push(reason);
      return new Promise<string>((resolve, reject) =>
        answers.push((error) => (error === undefined ? resolve(reason) : reject(error))),
      );
    };
    void queue.put({ type, reason, send }).then((result) => ended.push(`${reason} ${result}`));
  };
  const answer = async (error?: Error) => {
    answers.shift()?.(error);
    await clock.advance(0);
  };
  return { clock, queue, put, answer, sent, ended, logged };
}

const refused = new ApiError('no', { status: 403 });
const tooMany = new ApiError('busy', { status: 429 });

test('one is under way at a time, in the order in which they came', async () => {
  const { put, answer, sent, ended } = aQueue();
  for (const [i, type] of (['Normal', 'Warning', 'Normal'] as const).entries()) put(`e${i}`, type);
  assert.deepEqual(sent, ['e0']);
  await answer();
  assert.deepEqual([sent, ended], [['e0', 'e1'], ['e0 e0']]);
  await answer();
  await answer();
  assert.deepEqual(ended, ['e0 e0', 'e1 e1', 'e2 e2']);
});

test('a refused event is lost and holds nobody up; those of a minute are counted in one line', async () => {
  const { clock, put, answer, sent, ended, logged } = aQueue();
  for (let i = 0; i < 5; i++) put(`e${i}`);
  for (let i = 0; i < 4; i++) await answer(refused);
  await answer();
  assert.deepEqual(sent, ['e0', 'e1', 'e2', 'e3', 'e4']);
  assert.deepEqual(ended.slice(3), ['e3 undefined', 'e4 e4']);
  assert.deepEqual(logged, ['an event was lost {"reason":"e0"}']);
  await clock.advance(60_000);
  assert.deepEqual(logged.slice(1), ['events were lost {"failed":3,"dropped":0}']);
  await clock.advance(600_000);
  assert.equal(logged.length, 2);
  assert.equal(clock.timers, 0);
});

const unanswered: Readonly<Record<string, Error>> = {
  'an answer of 429': tooMany,
  'an answer of 503': new ApiError('starting', { status: 503 }),
  'no answer': new NetworkError('reset', { code: 'ECONNRESET' }),
};
for (const [title, error] of Object.entries(unanswered))
  test(`after ${title} nothing is sent for a while, longer each time, and nothing twice`, async () => {
    const { clock, put, answer, sent } = aQueue();
    for (let i = 0; i < 6; i++) put(`e${i}`);
    for (const [failed, wait] of [1_000, 2_000, 4_000].entries()) {
      await answer(error);
      await clock.advance(wait - 1);
      assert.equal(sent.length, failed + 1);
      await clock.advance(1);
      assert.equal(sent.length, failed + 2);
    }
    await answer();
    await answer(error);
    await clock.advance(1_000);
    assert.deepEqual(sent, ['e0', 'e1', 'e2', 'e3', 'e4', 'e5']);
  });

test('a server that asks for a longer pause gets it', async () => {
  const { clock, put, answer, sent } = aQueue();
  put('e0');
  put('e1');
  await answer(new ApiError('busy', { status: 429, retryAfterMs: 30_000 }));
  await clock.advance(29_999);
  assert.equal(sent.length, 1);
  await clock.advance(1);
  assert.equal(sent.length, 2);
});

test('of more than 1,000 the oldest Normal goes, then the oldest Warning, and one line counts them', async () => {
  const { clock, put, answer, sent, ended, logged } = aQueue();
  put('under way');
  put('w0', 'Warning');
  put('n0');
  put('n1');
  for (let i = 1; i < 998; i++) put(`w${i}`, 'Warning');
  await clock.advance(0);
  assert.deepEqual(ended, []);
  put('w998', 'Warning');
  put('n2');
  await clock.advance(0);
  assert.deepEqual(ended, ['n0 undefined', 'n1 undefined']);
  put('w999', 'Warning');
  put('w1000', 'Warning');
  await clock.advance(0);
  assert.deepEqual(ended.slice(2), ['n2 undefined', 'w0 undefined']);
  await answer();
  assert.deepEqual(sent, ['under way', 'w1']);
  await clock.advance(60_000);
  assert.deepEqual(logged, ['events were lost {"failed":0,"dropped":4}']);
});

test('when it stops, what waits is lost, and the count so far is told', async () => {
  const { clock, queue, put, answer, sent, ended, logged } = aQueue();
  for (let i = 0; i < 1_003; i++) put(`e${i}`);
  queue.stop();
  await answer();
  put('late');
  await clock.advance(0);
  assert.deepEqual(sent, ['e0']);
  assert.equal(ended.length, 1_004);
  assert.deepEqual(logged, ['events were lost {"failed":0,"dropped":2}']);
  assert.equal(clock.timers, 0);
});
