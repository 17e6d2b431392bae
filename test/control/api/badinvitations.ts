import { invitationOf, type BadObject } from './written.js';

/** Invitations that must be refused, keyed by what is wrong with them. */
export const badInvitations: Readonly<Record<string, BadObject>> = {
  'an invitation for a Link that cannot be': {
    object: invitationOf({ link: 'Lon_don' }, 'lon-don-4f2a9c1e'),
    field: 'spec.link',
    fix: /lower-case letters, digits/,
  },
  'an invitation that keeps its secret': {
    object: invitationOf({ secretHash: 'swordfish' }),
    field: 'spec.secretHash',
    fix: /let 'service-mirror invite' write it/,
  },
  'an invitation that ends some time': {
    object: invitationOf({ expires: 'tomorrow' }),
    field: 'spec.expires',
    fix: /date-time|write a time/,
  },
  'an invitation to everything by accident': {
    object: invitationOf({ exports: { services: {} } }),
    field: 'spec.exports.services',
    fix: /all: true/,
  },
  'an invitation whose name has no id': {
    object: invitationOf({}, 'london'),
    field: 'Invalid value',
    fix: /8 hex digits of the id/,
    refusedBy: 'api server',
  },
  'an invitation that is named after another Link': {
    object: invitationOf({}, 'berlin-4f2a9c1e'),
    field: 'Invalid value',
    fix: /that of the Link/,
    refusedBy: 'api server',
  },
};
