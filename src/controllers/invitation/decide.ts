import { timestamp, type DesiredCondition, type InvitationReason } from '../../api/conditions.js';
import { endedBy, endOf, type Invitation, type Redemption } from '../../api/invitation.js';
import type { Link } from '../../api/link.js';
import { keys } from '../../api/names.js';
import { apiVersion } from '../../api/resources.js';
import { judgedBundle, readCertificates } from '../../pki/bundle.js';
import { keyPinOf } from '../../pki/keypin.js';
import { servedUntil, whyNot, type Surroundings } from '../../protocol/redemption.js';

/** What is known of an invitation. */
export interface InvitationInput {
  readonly invitation: Readonly<Invitation>;
  /** The problems of its spec. */
  readonly problems: readonly string[];
  /** The Link of the name that it gives, if there is one. */
  readonly link: Readonly<Link> | undefined;
  readonly around: Surroundings;
}

/** What is to be done about an invitation. */
export interface InvitationDecision {
  readonly conditions: readonly DesiredCondition<InvitationReason>[];
  /** The Link to create. */
  readonly create?: Link;
  /** The UID of the Link that was made. */
  readonly made?: string;
  /** Its hash is worth nothing any more. */
  readonly forget: boolean;
  /** It has been over for a day. */
  readonly remove: boolean;
  /** Milliseconds until time alone changes something; undefined: never. */
  readonly lookAgainIn?: number;
}

/** How long an invitation that is over is kept for those who look, in milliseconds. */
export const keptFor = 24 * 3600_000;

/** How often a redeemed invitation that could not become a Link is judged again, in milliseconds. */
const judgeEvery = 60_000;

/**
 * What follows from an invitation. A Link is made once, for whoever has redeemed the invitation, and never changed: one of
 * that name that is there already is somebody else's.
 */
export function decideInvitation(input: InvitationInput): InvitationDecision {
  const { invitation, around } = input;
  const { now } = around;
  const ended = endedBy(invitation, now);
  const made = Date.parse(invitation.metadata.creationTimestamp ?? '');
  const removeAt = Math.max(endOf(invitation), made) + keptFor;
  const served = servedUntil(invitation, now);
  const verdict = verdictOf(input, ended);
  const { reason, message, create, uid } = verdict;
  const times = [removeAt, ...(served > now ? [served] : []), ...(verdict.again ? [now + judgeEvery] : [])];
  const next = Math.min(...times.filter((time) => time > now));
  return {
    conditions: [
      openCondition(ended, invitation),
      { type: 'Ready', status: reason === 'Linked' ? 'True' : 'False', reason, message },
    ],
    ...(create !== undefined && { create }),
    ...(uid !== undefined && { made: uid }),
    forget: ended !== undefined && served <= now && invitation.spec.secretHash !== undefined,
    remove: ended !== undefined && now >= removeAt,
    ...(next < Infinity && { lookAgainIn: next - now }),
  };
}

interface Verdict {
  readonly reason: InvitationReason;
  readonly message: string;
  readonly create?: Link;
  readonly uid?: string | undefined;
  /** Something else than the invitation itself may change it. */
  readonly again?: true;
}

function verdictOf(input: InvitationInput, ended: ReturnType<typeof endedBy>): Verdict {
  const { invitation, problems, link, around } = input;
  const { spec, status = {}, metadata } = invitation;
  const until = timestamp(endOf(invitation));
  if (problems.length > 0) return { reason: 'InvalidSpec', message: problems.join('; ') };
  switch (ended) {
    case undefined:
      return { reason: 'Open', message: `nobody has redeemed it yet; it ends at ${until}` };
    case 'TooManyAttempts':
      return {
        reason: 'TooManyAttempts',
        message: `${status.attempts} attempts with a wrong secret: it is void; delete it, and invite again`,
      };
    case 'Expired':
    case 'Deleted':
      if (status.redemption === undefined)
        return { reason: 'Expired', message: `nobody has redeemed it until ${until}` };
      break;
    case 'Redeemed':
      break;
    default:
      ended satisfies never;
  }
  const { redemption } = status;
  if (redemption === undefined) return { reason: 'Expired', message: 'it is being deleted' };
  const uid = status.link?.uid ?? (isMadeFor(link, metadata.uid) ? link?.metadata.uid : undefined);
  if (uid !== undefined)
    return { reason: 'Linked', message: `Link ${spec.link} was made for ${who(redemption)}`, uid };
  return linkFor(invitation, redemption, around);
}

function linkFor(invitation: Readonly<Invitation>, redemption: Redemption, around: Surroundings): Verdict {
  let caBundle: string;
  try {
    caBundle = judgedBundle(redemption.caBundle, new Date(around.now));
  } catch (error) {
    return { reason: 'InvalidPeer', message: `its CAs cannot be trusted: ${(error as Error).message}` };
  }
  const { cluster, uid } = redemption;
  const refused = whyNot(invitation.spec.link, { cluster, uid, caBundle, addresses: [] }, around);
  switch (refused?.refusal) {
    case undefined:
      return {
        reason: 'Redeemed',
        message: `redeemed by ${who(redemption)}; its Link is on its way`,
        create: aLinkFor(invitation, { cluster, caBundle }),
      };
    case 'NameConflict':
      return {
        reason: 'NameConflict',
        message: `redeemed by ${who(redemption)}, but there is a Link ${invitation.spec.link} that this invitation did not make: delete that Link, or invite again under another name`,
        again: true,
      };
    case 'SelfLink':
      return { reason: 'SelfLink', message: `${who(redemption)} claims to be this cluster` };
    default:
      return {
        reason: 'PeerConflict',
        message: `redeemed by ${who(redemption)}, but a Link to a cluster of that name, or with a CA that could be taken for one of its, is there`,
        again: true,
      };
  }
}

function aLinkFor(
  { metadata, spec }: Readonly<Invitation>,
  peer: { readonly cluster: string; readonly caBundle: string },
): Link {
  const { exports } = spec;
  return {
    apiVersion,
    kind: 'Link',
    metadata: { name: spec.link, annotations: { [keys.invitation]: metadata.uid ?? '' } },
    spec: { clusterDomain: 'cluster.local', transport: 'gateway', peer, ...(exports && { exports }) },
  };
}

/** Whether a Link was made for that invitation, though its status may not say so yet. */
function isMadeFor(link: Readonly<Link> | undefined, uid: string | undefined): boolean {
  return uid !== undefined && link?.metadata.annotations?.[keys.invitation] === uid;
}

function openCondition(
  ended: ReturnType<typeof endedBy>,
  invitation: Readonly<Invitation>,
): DesiredCondition<InvitationReason> {
  if (ended === undefined)
    return {
      ...{ type: 'Open', status: 'True', reason: 'Open' },
      message: `its code can be redeemed until ${timestamp(endOf(invitation))}`,
    };
  const reason = ended === 'Deleted' ? 'Expired' : ended;
  return { type: 'Open', status: 'False', reason, message: 'its code is worth nothing any more' };
}

/** Who has redeemed an invitation, for conditions and Events. */
export function who({ cluster, uid, from, caBundle, at }: Redemption): string {
  return `cluster ${cluster} (UID ${uid}, CA ${pinsIn(caBundle)}) from ${from ?? 'an unknown address'} at ${at}`;
}

function pinsIn(caBundle: string): string {
  try {
    return readCertificates(caBundle).slice(0, 2).map(keyPinOf).join(', ');
  } catch {
    return 'that cannot be read';
  }
}
