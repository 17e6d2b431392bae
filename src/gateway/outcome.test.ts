import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BundleError } from '../pki/bundle.js';
import { bundleRefused, isSameOutcome, nowhereToDial, type NotInForce, portRefused } from './outcome.js';

const [rome, taken] = [nowhereToDial('rome'), portRefused(10_000)];

const outcomes: Record<string, readonly [one: NotInForce[], other: NotInForce[], same: boolean]> = {
  'nothing twice': [[], [], true],
  'the same parts in another order': [[rome, taken], [taken, rome], true],
  'another sentence': [[taken], [portRefused(10_000, 'port 10000: no permission')], true],
  'another part': [[taken], [portRefused(10_001)], false],
  'another reason': [[rome], [{ ...rome, reason: 'ReloadPending' }], false],
  'a part more': [[rome], [rome, taken], false],
};

for (const [what, [one, other, same]] of Object.entries(outcomes))
  test(`isSameOutcome() looks at parts and reasons: ${what}`, () =>
    assert.equal(isSameOutcome(one, other), same));

test('bundleRefused() names the link, and tells a CA of another from a bundle that cannot be read', () => {
  const bad = bundleRefused('rome', new BundleError('NotPem', 'the bundle is not PEM'));
  assert.deepEqual(bad, {
    ...{ kind: 'link', link: 'rome', reason: 'BundleInvalid' },
    message: 'link rome: the bundle is not PEM',
  });
  assert.equal(bundleRefused('rome', new BundleError('Contested', '')).reason, 'BundleContested');
});
