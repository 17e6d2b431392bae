import { badGateways } from './badgateways.js';
import { badInvitations } from './badinvitations.js';
import { badLinks } from './badlinks.js';
import { badMirrors } from './badmirrors.js';
import type { BadObject } from './written.js';

/** Objects that must be refused, keyed by what is wrong with them. */
export const badObjects: Readonly<Record<string, BadObject>> = {
  ...badMirrors,
  ...badLinks,
  ...badGateways,
  ...badInvitations,
};
