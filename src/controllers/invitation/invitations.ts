import { conditionOf, timestamp, toConditions, type InvitationReason } from '../../api/conditions.js';
import type { Invitation } from '../../api/invitation.js';
import { parseInvitation } from '../../api/parse.js';
import { invitations as kind, links } from '../../api/resources.js';
import { servedPeer } from '../../peers/decide.js';
import { ownNames } from '../../api/names.js';
import type { Applier } from '../../runtime/apply.js';
import type { Clock } from '../../runtime/clock.js';
import type { Recorder } from '../../runtime/events.js';
import type { Log } from '../../runtime/log.js';
import type { LocalCaches, Self } from '../caches.js';
import type { PeerRegistry } from '../link/peerregistry.js';
import { decideInvitation, who, type InvitationDecision } from './decide.js';

/** The dependencies of the invitations controller. */
export interface InvitationsOptions {
  readonly caches: LocalCaches;
  readonly registry: PeerRegistry;
  readonly applier: Applier;
  readonly events: Recorder;
  readonly self: Self;
  readonly clock: Clock;
  readonly log: Log;
}

/** The field manager of this controller's part of an Invitation's status. */
const manager = 'service-mirror-invitations';

/** Reasons that somebody has to look at. */
const warnings: ReadonlySet<InvitationReason> = new Set([
  'TooManyAttempts',
  'NameConflict',
  'SelfLink',
  'PeerConflict',
  'InvalidPeer',
  'InvalidSpec',
]);

/**
 * Makes the Link of a redeemed Invitation; writes the conditions of Invitations, and Events about them and their Links;
 * removes their hashes, and them, when they are over. The ingress gateways write `attempts` and `redemption`.
 */
export function reconcileInvitation(
  options: InvitationsOptions,
): (name: string) => Promise<{ requeueAfter: number } | void> {
  const { caches, registry, applier, events, self, clock, log } = options;

  function decide(invitation: Readonly<Invitation>): InvitationDecision {
    const parsed = parseInvitation(invitation);
    const peers = [...registry.peers().values()].flatMap((decision) => servedPeer(decision) ?? []);
    const caBundle = caches.configMaps.get(`${self.namespace}/${ownNames.identity}`)?.data?.['ca.crt'] ?? '';
    return decideInvitation({
      invitation: parsed.ok ? parsed.invitation : invitation,
      problems: parsed.ok ? [] : parsed.problems,
      link: caches.links.get(invitation.spec.link),
      around: {
        ...{ own: { cluster: self.cluster, uid: self.uid, caBundle }, peers, now: clock.now() },
        links: caches.links.list(),
      },
    });
  }

  /** A Link is made before it is said, and found by its annotation if that was the last thing done. */
  async function make(invitation: Readonly<Invitation>, link: NonNullable<InvitationDecision['create']>) {
    if ((await applier.once(links, link)) === 'unchanged') return;
    const { name } = link.metadata;
    const { redemption } = invitation.status ?? {};
    const message = `made for ${redemption ? who(redemption) : 'nobody'}, by Invitation ${invitation.metadata.name}`;
    log.info('a Link was made for an invitation', { link: name, invitation: invitation.metadata.name });
    const written = caches.links.get(name) ?? link;
    events.event(written, { type: 'Normal', reason: 'Linked', message, action: 'Redeem' });
  }

  return async (name) => {
    const actual = caches.invitations.get(name);
    if (actual === undefined) return undefined;
    let decision = decide(actual);
    if (decision.remove) return applier.remove(kind, actual);
    if (decision.create !== undefined) {
      await make(actual, decision.create);
      // now it is ours, or somebody else's who was quicker
      decision = decide(actual);
      if (decision.create !== undefined) return { requeueAfter: 1_000 };
    }
    await writeStatus(actual, decision);
    const now = caches.invitations.get(name);
    if (decision.forget && now !== undefined) await applier.amend(kind, now, { spec: { secretHash: null } });
    return decision.lookAgainIn === undefined ? undefined : { requeueAfter: decision.lookAgainIn };
  };

  async function writeStatus(
    actual: Readonly<Invitation>,
    { conditions, made }: InvitationDecision,
  ): Promise<void> {
    const { generation } = actual.metadata;
    const stamp = { now: timestamp(clock.now()), generation };
    const status = {
      ...(generation !== undefined && { observedGeneration: generation }),
      conditions: toConditions(conditions, actual.status?.conditions, stamp),
      ...(made !== undefined && { link: { uid: made } }),
    };
    await applier.status(kind, { actual, status, manager });
    const ready = conditions.find(({ type }) => type === 'Ready');
    if (ready === undefined || ready.reason === conditionOf(actual, 'Ready')?.reason) return;
    const { reason, message } = ready;
    const type = warnings.has(reason) ? 'Warning' : 'Normal';
    events.event(actual, { type, reason, message, action: 'Redeem' });
  }
}
