import { timingSafeEqual } from 'node:crypto';
import { endedBy, endOf, type Invitation, type Redemption } from '../api/invitation.js';
import { storedSpec, type Link } from '../api/link.js';
import { timestamp } from '../api/conditions.js';
import { readAddress, writeAddress, type Address } from '../net/address.js';
import { contestedCas } from '../pki/rivals.js';
import { readableCas } from '../pki/bundle.js';
import type { Identity } from './identity.js';
import { hashOfSecret, type InvitationRequest, type RefusedInvitation } from './invitation.js';
import { invitationName } from './invitecode.js';
import type { Peer } from './peer.js';

/** Milliseconds in which whoever has redeemed an invitation may ask again, because the answer was lost. */
export const repeatFor = 60_000;

/** Most addresses of the other cluster that are written down; a Link may not name more. */
const mostAddresses = 16;

/** Whether a request for that invitation may still be answered well; otherwise strangers need not be let in for it. */
export function isServed(invitation: Readonly<Invitation>, now: number): boolean {
  return now < servedUntil(invitation, now);
}

/** Until when that is so, if nothing happens; 0: it is over. */
export function servedUntil(invitation: Readonly<Invitation>, now: number): number {
  const { spec, status } = invitation;
  switch (endedBy(invitation, now)) {
    case undefined:
      return endOf(invitation);
    case 'Redeemed': {
      const at = Date.parse(status?.redemption?.at ?? '');
      return spec.secretHash === undefined || Number.isNaN(at)
        ? 0
        : Math.min(endOf(invitation), at + repeatFor);
    }
    default:
      return 0;
  }
}

/** The invitation that a request names; its secret is not compared. */
export function named(
  invitations: readonly Readonly<Invitation>[],
  { id }: Pick<InvitationRequest, 'id'>,
): Readonly<Invitation> | undefined {
  return invitations.find(({ metadata, spec }) => metadata.name === invitationName(spec.link, id));
}

/** Whether a secret is that of an invitation. The time it takes says nothing about the hash. */
export function isSecretOf(invitation: Readonly<Invitation> | undefined, secret: Uint8Array): boolean {
  const given = Buffer.from(hashOfSecret(secret), 'hex');
  const kept = Buffer.from(invitation?.spec.secretHash ?? '', 'hex');
  const isHash = kept.length === given.length;
  return timingSafeEqual(given, isHash ? kept : Buffer.alloc(given.length)) && isHash;
}

/** What is known around an invitation. */
export interface Surroundings {
  readonly own: Pick<Identity, 'cluster' | 'uid' | 'caBundle'>;
  readonly links: readonly Readonly<Link>[];
  /** As they are resolved. */
  readonly peers: readonly Pick<Peer, 'link' | 'cluster' | 'caBundle'>[];
  readonly now: number;
}

/**
 * Why a cluster may not become a Link, although the invitation is in order; undefined: it may.
 *
 * @param link the name of the Link
 */
export function whyNot(
  link: string,
  who: Identity,
  { own, links, peers, now }: Surroundings,
): RefusedInvitation | undefined {
  if (who.cluster === own.cluster || who.uid === own.uid)
    return { refusal: 'SelfLink', message: `cluster ${own.cluster} has made this invitation itself` };
  if (links.some(({ metadata }) => metadata.name === link))
    return {
      refusal: 'NameConflict',
      message: `cluster ${own.cluster} has a Link ${link} already: let it be deleted, or ask for an invitation of another name`,
    };
  const isPinned = links.some((other) => storedSpec(other).peer?.cluster === who.cluster);
  const isKnown = peers.some(({ cluster }) => cluster === who.cluster);
  if (!isPinned && !isKnown && ![own, ...peers].some((other) => isContested(who, other, now)))
    return undefined;
  return {
    refusal: 'PeerConflict',
    message: `cluster ${own.cluster} has a Link to a cluster of that name, or with a CA that could be taken for one of yours`,
  };
}

/** Also where the other one is in the right: whoever redeems is the newcomer. */
function isContested(who: Identity, { caBundle }: { readonly caBundle: string }, now: number): boolean {
  const [theirs, known] = [who.caBundle, caBundle].map((bundle) => readableCas(bundle, new Date(now)));
  return contestedCas([theirs ?? [], known ?? []]).size > 0;
}

/** Whether that very cluster has redeemed an invitation. */
export function isSame(redemption: Readonly<Redemption>, who: Identity): boolean {
  const { cluster, uid, caBundle } = redemption;
  return cluster === who.cluster && uid === who.uid && caBundle === who.caBundle;
}

/** Whether a Link may name the address: what peers publish may have other letters. */
function isWritable(address: Address): boolean {
  try {
    readAddress(writeAddress(address));
    return true;
  } catch {
    return false;
  }
}

/** What is written down of who redeems an invitation. */
export function redemptionOf(
  { cluster, uid, caBundle, addresses }: Identity,
  from: string,
  now: number,
): Redemption {
  const some = addresses
    .filter(isWritable)
    .slice(0, mostAddresses)
    .map(({ host, port }) => ({ host, port }));
  return {
    ...{ at: timestamp(now), from: from.slice(0, 64), cluster, uid, caBundle },
    ...(some.length > 0 && { addresses: some }),
  };
}
