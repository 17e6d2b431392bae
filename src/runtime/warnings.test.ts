import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfigMap } from '../../test/gen/gen.js';
import { createWarningReporter, type Warning } from './warnings.js';

const complaint = (message: string): Warning => ({
  about: aConfigMap('theirs', {}),
  reason: 'NotManaged',
  message,
});

function listening() {
  const told: string[] = [];
  const complain = createWarningReporter({
    event: ({ metadata }, { type, reason, message }) =>
      void told.push(`${metadata.name}: ${type} ${reason} ${message}`),
  });
  return { told, complain };
}

describe('createComplaints()', () => {
  it('says each complaint once for as long as it lasts, and fails with all of them each time', () => {
    const { told, complain } = listening();
    assert.equal(complain([complaint('one'), complaint('two')])?.message, 'one; two');
    assert.equal(complain([complaint('two'), complaint('one')])?.message, 'two; one');
    assert.deepEqual(told, ['theirs: Warning NotManaged one', 'theirs: Warning NotManaged two']);
  });

  it('says again what was mended meanwhile, and nothing of what still lasts', () => {
    const { told, complain } = listening();
    complain([complaint('one'), complaint('two')]);
    complain([complaint('two')]);
    told.length = 0;
    complain([complaint('one'), complaint('two')]);
    assert.deepEqual(told, ['theirs: Warning NotManaged one']);
  });

  it('fails with nothing when there is nothing to complain of', () => {
    assert.equal(listening().complain([]), undefined);
  });
});
