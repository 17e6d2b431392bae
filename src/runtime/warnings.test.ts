import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfigMap } from '../../test/gen/gen.js';
import { createWarningReporter, type Warning } from './warnings.js';

const warned = (message: string): Warning => ({
  about: aConfigMap('theirs', {}),
  reason: 'NotManaged',
  message,
});

function listening() {
  const told: string[] = [];
  const warn = createWarningReporter({
    event: ({ metadata }, { type, reason, message }) =>
      void told.push(`${metadata.name}: ${type} ${reason} ${message}`),
  });
  return { told, warn };
}

describe('createWarningReporter()', () => {
  it('says each warning once for as long as it lasts, and fails with all of them each time', () => {
    const { told, warn } = listening();
    assert.equal(warn([warned('one'), warned('two')])?.message, 'one; two');
    assert.equal(warn([warned('two'), warned('one')])?.message, 'two; one');
    assert.deepEqual(told, ['theirs: Warning NotManaged one', 'theirs: Warning NotManaged two']);
  });

  it('says again what was fixed meanwhile, and nothing that still lasts', () => {
    const { told, warn } = listening();
    warn([warned('one'), warned('two')]);
    warn([warned('two')]);
    told.length = 0;
    warn([warned('one'), warned('two')]);
    assert.deepEqual(told, ['theirs: Warning NotManaged one']);
  });

  it('returns no error when there is no warning', () => {
    assert.equal(listening().warn([]), undefined);
  });
});
