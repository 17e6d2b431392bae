import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dialable, ForbiddenAddressError } from './published.js';

describe('dialable()', () => {
  it('takes whatever a Link names itself', () => {
    assert.deepEqual(dialable('gw.test', ['127.0.0.1', '192.0.2.1'], undefined), ['127.0.0.1', '192.0.2.1']);
  });

  it('passes over what a peer must not lead to', () => {
    assert.deepEqual(dialable('gw.test', ['127.0.0.1', '192.0.2.1'], true), ['192.0.2.1']);
  });

  it('leaves what could not be resolved to those who say so', () => {
    assert.deepEqual(dialable('gw.test', [], true), []);
  });

  for (const ip of [
    '127.0.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '64:ff9b::a9fe:a9fe',
  ])
    it(`refuses a peer that publishes ${ip}, or a name that leads there`, () => {
      const fix = /not dialled.*spec\.gateway\.addresses/;
      const refused = (error: Error) => error instanceof ForbiddenAddressError && fix.test(error.message);
      assert.throws(() => dialable(ip, [ip], true), refused);
      assert.throws(
        () => dialable('gw.test', [ip], true),
        (error: Error) => refused(error) && error.message.startsWith(`gw.test leads to ${ip}, which `),
      );
    });
});
