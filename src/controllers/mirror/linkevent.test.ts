import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror } from '../../../test/gen/gen.js';
import { happeningOf, manyTurned } from './linkevent.js';
import type { Turn } from './turns.js';

const gone = { status: 'False', reason: 'GatewayUnhealthy', message: 'no answer' } as const;
const ready = { status: 'True', reason: 'Ready', message: '1 of 1' } as const;

const aTurn = (index: number, after: Turn['after']): Turn => ({
  ...{ mirror: aMirror(`m${index}`), link: 'paris', before: undefined, after },
});

/** The event about so many mirrors. */
function said(
  count: number,
  after: Turn['after'],
  { goesOn = false, ...last }: { goesOn?: boolean; message?: string } = {},
) {
  const others = Array.from({ length: count - 1 }, (_, i) =>
    aTurn(i + 1, i === count - 2 ? { ...after, ...last } : after),
  );
  return manyTurned([aTurn(0, after), ...others], goesOn);
}

describe('manyTurned()', () => {
  it('counts mirrors that are not ready, and says why', () => {
    assert.deepEqual(said(312, gone), {
      type: 'Warning',
      reason: 'GatewayUnhealthy',
      message: '312 mirrors are not ready (default/m0, default/m1, default/m2 and 309 more): no answer',
      apart: true,
    });
  });

  it('counts mirrors whose connections go to other clusters, and says to which', () => {
    const moved = { status: 'True', reason: 'BackendsChanged', message: 'lyon now' } as const;
    const { type, message } = said(2, moved);
    assert.equal(
      `${type} ${message}`,
      'Normal 2 mirrors go to other clusters (default/m0, default/m1): lyon now',
    );
  });

  it('counts mirrors that became ready', () => {
    const { type, reason, message } = said(10_000, ready);
    assert.deepEqual([type, reason], ['Normal', 'Ready']);
    assert.equal(message, '10,000 mirrors became ready (default/m0, default/m1, default/m2 and 9,997 more)');
  });

  it('says that they come on top of those before', () => {
    assert.match(said(40, ready, { goesOn: true }).message, /^40 more mirrors became ready/);
  });

  it('names all when they are few', () => {
    assert.equal(said(1, gone).message, '1 mirror is not ready (default/m0): no answer');
    assert.equal(said(2, ready).message, '2 mirrors became ready (default/m0, default/m1)');
  });

  it('quotes the first of several causes as an example', () => {
    assert.match(said(11, gone, { message: 'something else' }).message, /: for example, no answer$/);
  });
});

describe('happeningOf()', () => {
  it('has the reason and the message of the condition', () => {
    assert.deepEqual(happeningOf(aTurn(0, gone)), {
      type: 'Warning',
      reason: 'GatewayUnhealthy',
      message: 'no answer',
    });
    assert.deepEqual(happeningOf(aTurn(0, ready)), { type: 'Normal', reason: 'Ready', message: '1 of 1' });
  });
});
