import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endedBy, endOf, type Invitation, type InvitationEnd } from './invitation.js';

const made = Date.parse('2026-03-01T12:00:00Z');
const minute = 60_000;

const invitation: Invitation = {
  apiVersion: 'linkerd.io/v1alpha1',
  kind: 'Invitation',
  metadata: { name: 'london-4f2a9c1e', creationTimestamp: '2026-03-01T12:00:00Z' },
  spec: { link: 'london', secretHash: 'ab'.repeat(32), expires: '2026-03-01T12:15:00Z' },
};
const redemption = { at: '2026-03-01T12:01:00Z', cluster: 'london', uid: 'u', caBundle: 'PEM' };

const cases: Readonly<
  Record<string, { changes?: object; spec?: object; at?: number; ended: InvitationEnd | undefined }>
> = {
  'one that was just made is open': { ended: undefined },
  'in its last second it is open': { at: 15 * minute - 1, ended: undefined },
  'at its end it is not': { at: 15 * minute, ended: 'Expired' },
  'without a hash there is nothing to compare with': { spec: { secretHash: undefined }, ended: 'Expired' },
  'a time that cannot be read is long ago': { spec: { expires: 'soon' }, ended: 'Expired' },
  'it does not outlive a day': {
    spec: { expires: '2027-03-01T12:00:00Z' },
    at: 1440 * minute,
    ended: 'Expired',
  },
  'within that day it is open': {
    spec: { expires: '2027-03-01T12:00:00Z' },
    at: 1439 * minute,
    ended: undefined,
  },
  'four wrong attempts leave it open': { changes: { status: { attempts: 4 } }, ended: undefined },
  'five make it void': { changes: { status: { attempts: 5 } }, ended: 'TooManyAttempts' },
  'it has one use': { changes: { status: { redemption } }, ended: 'Redeemed' },
  'one that is being deleted is over': {
    changes: { metadata: { ...invitation.metadata, deletionTimestamp: '2026-03-01T12:00:01Z' } },
    ended: 'Deleted',
  },
  'one of an unknown age is over': { changes: { metadata: { name: 'london-4f2a9c1e' } }, ended: 'Expired' },
};

for (const [what, { changes, spec, at = 0, ended }] of Object.entries(cases))
  test(`endedBy(): ${what}`, () => {
    const object = { ...invitation, spec: { ...invitation.spec, ...spec }, ...changes };
    assert.equal(endedBy(object, made + at), ended);
  });

test('endOf() is the end that the spec gives', () => {
  assert.equal(endOf(invitation), made + 15 * minute);
});
