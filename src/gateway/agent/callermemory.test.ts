import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { callerMemory, createCallerMemory } from './callermemory.js';

const trusted = (memory: ReturnType<typeof createCallerMemory>) => Object.fromEntries(memory.trusted());

describe('createCallerMemory()', () => {
  it('says of a link what all its callers trust', () => {
    const memory = createCallerMemory(fakeClock());
    memory.heard('paris', ['old', 'new']);
    memory.heard('paris', ['old']);
    memory.heard('rome', ['new']);
    assert.deepEqual(trusted(memory), { paris: ['old'], rome: ['new'] });
  });

  it('knows a caller that trusts nothing, or does not say', () => {
    const memory = createCallerMemory(fakeClock());
    memory.heard('paris', ['new']);
    memory.heard('paris', []);
    assert.deepEqual(trusted(memory), { paris: [] });
  });

  it('forgets what nobody has said for a while', async () => {
    const clock = fakeClock();
    const memory = createCallerMemory(clock);
    memory.heard('paris', ['old']);
    memory.heard('rome', ['old']);
    await clock.advance(callerMemory);
    memory.heard('paris', ['new', 'old']);
    assert.deepEqual(trusted(memory), { paris: ['old'], rome: ['old'] });
    await clock.advance(1);
    assert.deepEqual(trusted(memory), { paris: ['new', 'old'] });
  });

  it('remembers no more than so much of a link', () => {
    const memory = createCallerMemory(fakeClock());
    memory.heard('paris', ['first']);
    for (let i = 0; i < 64; i++) memory.heard('paris', ['all', `other-${i}`]);
    assert.deepEqual(trusted(memory), { paris: ['all'] });
  });
});
