import type { Invitation } from '../../api/invitation.js';
import type { Link } from '../../api/link.js';
import { invitations as kind, keyOf } from '../../api/resources.js';
import { wordsOf } from '../../api/wording.js';
import type { Identity } from '../../protocol/identity.js';
import type { InvitationAnswer, InvitationRequest, RefusedInvitation } from '../../protocol/invitation.js';
import type { Inviter } from '../../protocol/invitationchannel.js';
import type { Peer } from '../../protocol/peer.js';
import type { Cache } from '../../runtime/cache.js';
import type { Clock } from '../../runtime/clock.js';
import { isConflict, isNotFound } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { mostAttempts } from '../../api/invitation.js';
import { createAttempts } from './attempts.js';
import {
  isSame,
  isSecretOf,
  isServed,
  named,
  redemptionOf,
  servedUntil,
  whyNot,
} from '../../protocol/redemption.js';

/** What the inviter reads and writes. */
export interface InviterOptions {
  readonly kube: KubeClient;
  readonly invitations: Cache<Invitation>;
  readonly links: Pick<Cache<Link>, 'list'>;
  readonly own: () => Identity | undefined;
  readonly peers: () => readonly Peer[];
  readonly clock: Clock;
  readonly log: Log;
}

/** The end of the invitations of an ingress gateway. */
export interface InvitationDesk extends Inviter {
  /** Whether there is an invitation for which strangers are let in. */
  isOpen(): boolean;
  /** Milliseconds until that may change by itself; undefined: it does not. */
  lookAgainIn(): number | undefined;
}

/** Writes of one request, if others write the same object. */
const mostTries = 4;

const notOpen: RefusedInvitation = {
  refusal: 'NotOpen',
  message: 'there is no such invitation: it has ended, was used or deleted, or the code is wrong',
};
const unavailable: RefusedInvitation = {
  refusal: 'Unavailable',
  message: 'the invitation could not be used up, and still is good: try again',
};

/** Compares secrets with open invitations, and writes down who has redeemed one. */
export function createInviter(options: InviterOptions): InvitationDesk {
  const { kube, invitations, links, own, peers, clock, log } = options;
  const mayAsk = createAttempts(clock);
  /** Wrong secrets by the UID of the invitation: it is void even if nothing can be written. */
  const failures = new Map<string, number>();

  function served(): readonly Readonly<Invitation>[] {
    return invitations.list().filter((one) => isServed(one, clock.now()) && failuresOf(one) < mostAttempts);
  }

  function failuresOf({ metadata }: Readonly<Invitation>): number {
    return failures.get(metadata.uid ?? '') ?? 0;
  }

  async function take(
    request: InvitationRequest,
    from: string,
  ): Promise<InvitationAnswer | RefusedInvitation> {
    const identity = own();
    if (identity === undefined) return unavailable;
    const invitation = named(served(), request);
    if (!isSecretOf(invitation, request.secret)) {
      if (invitation !== undefined) await failed(invitation, from);
      return notOpen;
    }
    return request.act === 'look'
      ? judged(invitation!, request, identity)
      : redeem(invitation!, request, { identity, from });
  }

  function judged(
    invitation: Readonly<Invitation>,
    { identity: who }: InvitationRequest,
    identity: Identity,
  ): InvitationAnswer | RefusedInvitation {
    const { redemption } = invitation.status ?? {};
    if (redemption !== undefined && !isSame(redemption, who)) return notOpen;
    const answer = { identity, exports: wordsOf(invitation.spec.exports) };
    // by now its Link may be there
    if (redemption !== undefined) return answer;
    const around = { own: identity, links: links.list(), peers: peers(), now: clock.now() };
    return whyNot(invitation.spec.link, who, around) ?? answer;
  }

  /** Decides from the object as it is now: the write fails if another gateway has been quicker. */
  async function redeem(
    { metadata }: Readonly<Invitation>,
    request: InvitationRequest,
    { identity, from }: { readonly identity: Identity; readonly from: string },
  ): Promise<InvitationAnswer | RefusedInvitation> {
    const { name, uid } = metadata;
    try {
      for (let tries = 0; tries < mostTries; tries += 1) {
        const now = await kube.get(kind, name);
        if (now.metadata.uid !== uid || !isServed(now, clock.now())) return notOpen;
        if (!isSecretOf(now, request.secret)) return notOpen;
        const answer = judged(now, request, identity);
        if ('refusal' in answer || now.status?.redemption !== undefined) return answer;
        const redemption = redemptionOf(request.identity, from, clock.now());
        if (!(await patch(now, { redemption }))) continue;
        log.info('an invitation was redeemed', { invitation: name, cluster: redemption.cluster, from });
        return answer;
      }
    } catch (error) {
      if (isNotFound(error)) return notOpen;
      log.error('an invitation could not be used up', { invitation: name, error });
    }
    return unavailable;
  }

  /** Counts a wrong secret here, and for all gateways in the object. */
  async function failed(invitation: Readonly<Invitation>, from: string): Promise<void> {
    const { name, uid = '' } = invitation.metadata;
    for (const known of failures.keys())
      if (!invitations.list().some((one) => one.metadata.uid === known)) failures.delete(known);
    failures.set(uid, failuresOf(invitation) + 1);
    log.warn('a wrong secret for an invitation', { invitation: name, from });
    try {
      for (let tries = 0; tries < mostTries; tries += 1) {
        const now = await kube.get(kind, name);
        const attempts = (now.status?.attempts ?? 0) + 1;
        if (now.metadata.uid !== uid || attempts > mostAttempts) return;
        if (await patch(now, { attempts })) return;
      }
    } catch (error) {
      log.warn('a wrong secret could not be counted for other gateways', { invitation: name, error });
    }
  }

  /** Changes that status unless the object has changed since it was read; returns whether it did. */
  async function patch(now: Readonly<Invitation>, status: object): Promise<boolean> {
    const { resourceVersion } = now.metadata;
    try {
      const body = { metadata: { resourceVersion }, status };
      await kube.mergePatch(kind, keyOf(now), body, { subresource: 'status' });
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  return {
    facts() {
      const identity = own();
      return identity && { cluster: identity.cluster, caBundle: identity.caBundle };
    },
    mayAsk,
    take,
    isOpen: () => served().length > 0,
    lookAgainIn() {
      const now = clock.now();
      const ends = served().map((one) => servedUntil(one, now) - now);
      return ends.length === 0 ? undefined : Math.max(1, Math.min(...ends));
    },
  };
}
