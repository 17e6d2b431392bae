import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { createContact } from './contact.js';

/** A contact that is asked, at version 5, to wait; what came of it is in `outcome`. */
function waiting(before: (contact: ReturnType<typeof createContact>) => void = () => {}) {
  const clock = fakeClock();
  const contact = createContact(clock);
  before(contact);
  const result: { outcome?: string } = {};
  void contact.whenUnlisted(5, 20_000).then((outcome) => (result.outcome = outcome));
  return { clock, contact, result };
}
const polled = (contact: ReturnType<typeof createContact>) => contact.begin({ version: 4, listed: true });

test('whenUnlisted() ends at once when no operator has ever polled', async () => {
  const { clock, result } = waiting();
  await clock.advance(0);
  assert.equal(result.outcome, 'silent');
});

test('whenUnlisted() ends when an operator that knows of the draining says that nothing lists us', async () => {
  const { clock, contact, result } = waiting(polled);
  await clock.advance(1_000);
  contact.begin({ version: 5, listed: true });
  await clock.advance(1_000);
  assert.equal(result.outcome, undefined);
  contact.begin({ version: 5, listed: false });
  await clock.advance(0);
  assert.equal(result.outcome, 'unlisted');
});

test('whenUnlisted() does not believe an operator that does not know of the draining yet', async () => {
  const { clock, contact, result } = waiting(polled);
  contact.begin({ version: 4, listed: false });
  await clock.advance(1_000);
  assert.equal(result.outcome, undefined);
});

test('whenUnlisted() ends when the operator falls silent, and not while a poll of it is open', async () => {
  const { clock, contact, result } = waiting(polled);
  await clock.advance(2_000);
  assert.equal(result.outcome, undefined);
  contact.end();
  await clock.advance(14_000);
  assert.equal(result.outcome, undefined);
  await clock.advance(2_000);
  assert.equal(result.outcome, 'silent');
});

test('whenUnlisted() does not wait longer than its limit, and leaves no timer', async () => {
  const { clock, result } = waiting(polled);
  await clock.advance(19_999);
  assert.equal(result.outcome, undefined);
  await clock.advance(1);
  assert.equal(result.outcome, 'late');
  assert.equal(clock.timers, 0);
});

test('whenUnlisted() waits for the leaders of all shares, and for none that has fallen silent', async () => {
  const { clock, contact, result } = waiting((before) => {
    for (const share of [0, 1, 2]) before.begin({ version: 4, listed: true, share });
    before.end(2);
  });
  contact.begin({ version: 5, listed: false, share: 0 });
  await clock.advance(14_000);
  contact.begin({ version: 4, listed: false, share: 1 });
  await clock.advance(500);
  assert.equal(result.outcome, undefined, 'share 1 does not know yet, and may list us');
  await clock.advance(1_000);
  contact.begin({ version: 5, listed: false, share: 1 });
  await clock.advance(0);
  assert.equal(result.outcome, 'unlisted', 'nobody asks for share 2 any more');
});
