import { IsInt, IsString, MaxLength } from 'class-validator';
import { StatusCondition } from './condition.js';
import { Doc, Keywords, Rule } from './crd.js';
import { Check, Int, Nested, NestedList, Optional, Text } from './fields.js';
import { certificates, dnsLabel, type Format } from './formats.js';
import { unseenStatus } from './kstatus.js';
import { GatewayAddress } from './linkgateway.js';
import { Exports } from './linkscope.js';
import { maxUid } from './linkstatus.js';
import type { Condition, KubeObject } from './objects.js';

const hash: Format = {
  pattern: /^[0-9a-f]{64}$/,
  maxLength: 64,
  fix: "let 'service-mirror invite' write it: 64 lower-case hex digits",
};

/** Failed attempts with the id of an invitation after which it is void. */
export const mostAttempts = 5;

/** The longest life of an invitation, in milliseconds. */
export const longestInvitation = 24 * 3600_000;

/** RFC 3339, as the API server demands it of a `date-time`. */
const isTime = (text: unknown) =>
  typeof text === 'string' &&
  /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) &&
  !Number.isNaN(Date.parse(text));

/** What an invitation offers, and until when. */
@Doc('What the invitation offers, and until when.')
@Rule<InvitationSpec>({
  rule: 'self.link == oldSelf.link && self.expires == oldSelf.expires && has(self.exports) == has(oldSelf.exports) && (!has(self.exports) || self.exports == oldSelf.exports)',
  message: 'an invitation does not change once it is out: delete it, and invite again',
})
@Rule<InvitationSpec>({
  rule: '!has(self.secretHash) || (has(oldSelf.secretHash) && self.secretHash == oldSelf.secretHash)',
  message: 'secretHash can only be removed: delete the invitation, and invite again',
  fieldPath: '.secretHash',
})
export class InvitationSpec {
  @Doc(
    'Name of the Link that is made when the invitation is redeemed; also what the other cluster is called here.',
  )
  @Text(dnsLabel('the name of the Link to make', 40))
  link!: string;

  @Doc(
    'Hash of the secret in the code. The secret itself is nowhere in this cluster. The operator removes the hash when the invitation is over.',
  )
  @Optional()
  @Text(hash)
  secretHash?: string;

  @Doc('The time from which the code is worth nothing, at most 24 hours after the invitation was made.')
  @Keywords({ type: 'string', format: 'date-time' })
  @Check(isTime, 'write a time, as in 2026-03-01T12:15:00Z')
  expires!: string;

  @Doc('What the other cluster may reach here: the exports of the Link. Left out: nothing.')
  @Optional()
  @Nested(Exports)
  exports?: Exports;
}

/** Who has redeemed an invitation. */
@Doc('Who has redeemed the invitation. The ingress gateway writes it.')
export class Redemption {
  @Doc('When.', { format: 'date-time' })
  @IsString()
  @MaxLength(64)
  at!: string;

  @Doc('The IP address from which it was redeemed, as the ingress gateway saw it.')
  @Optional()
  @IsString()
  @MaxLength(64)
  from?: string;

  @Doc("The other cluster's own name.")
  @Text(dnsLabel("the other cluster's own name", 50))
  cluster!: string;

  @Doc('UID of its namespace kube-system.')
  @IsString()
  @MaxLength(maxUid)
  uid!: string;

  @Doc("The other cluster's CA certificates in PEM.")
  @Text(certificates)
  caBundle!: string;

  @Doc("Addresses of the other cluster's ingress gateway, as it has published them.")
  @Optional()
  @NestedList(GatewayAddress, { maxItems: 16 })
  addresses?: GatewayAddress[];
}

/** The Link of an invitation. */
@Doc('The Link that was made.')
export class InvitedLink {
  @Doc('Its UID.')
  @IsString()
  @MaxLength(maxUid)
  uid!: string;
}

/** What became of an invitation. */
@Doc('What became of the invitation.')
export class InvitationStatus {
  @Doc('The generation of the spec that this status was made from.', { format: 'int64' })
  @Optional()
  @IsInt()
  observedGeneration?: number;

  @Doc('Open: its code can still be redeemed. Ready: it was redeemed, and the Link was made.')
  @Optional()
  @NestedList(StatusCondition, { keys: ['type'], maxItems: 8 })
  conditions?: Condition[];

  @Doc('Attempts to redeem it with a wrong secret. After five it is void. The ingress gateway counts them.')
  @Optional()
  @Int(0, 1000)
  attempts?: number;

  @Doc('Who has redeemed it.')
  @Optional()
  @Nested(Redemption)
  redemption?: Redemption;

  @Doc('The Link that was made.')
  @Optional()
  @Nested(InvitedLink)
  link?: InvitedLink;
}

/** An Invitation as it is described in its CRD. */
@Doc(
  "An Invitation lets another cluster link itself to this one with a code, once and for a short time. Make it with 'service-mirror invite', which prints the code.",
)
@Rule<InvitationRoot>({
  rule: "self.metadata.name.matches('-[0-9a-f]{8}$') && size(self.metadata.name) == size(self.spec.link) + 9 && self.metadata.name.startsWith(self.spec.link)",
  message: "metadata.name is that of the Link, '-' and the 8 hex digits of the id in the code",
})
@Rule<InvitationRoot>({
  rule: "self.spec.link != 'local'",
  message: "spec.link: 'local' means this cluster itself: choose the other cluster's name, as in 'london'",
})
export class InvitationRoot {
  @Doc('What the invitation offers, and until when.')
  @Nested(InvitationSpec)
  spec!: InvitationSpec;

  @Doc('What became of the invitation.', { default: unseenStatus })
  @Optional()
  @Nested(InvitationStatus)
  status?: InvitationStatus;
}

/** An Invitation as the API server stores it. */
export interface Invitation extends KubeObject {
  spec: InvitationSpec;
  status?: InvitationStatus;
}

/**
 * When an invitation ends (ms since 1970); 0, long ago, for one whose times cannot be read. It lives for a day at most,
 * whatever its spec says.
 */
export function endOf({ metadata, spec }: Readonly<Invitation>): number {
  const [expires, made] = [Date.parse(spec.expires), Date.parse(metadata.creationTimestamp ?? '')];
  return Number.isNaN(expires) || Number.isNaN(made) ? 0 : Math.min(expires, made + longestInvitation);
}

/** Why the code of an invitation is worth nothing any more. */
export type InvitationEnd = 'Expired' | 'Redeemed' | 'TooManyAttempts' | 'Deleted';

/** Why the code of an invitation is worth nothing any more; undefined: it can still be redeemed. */
export function endedBy(invitation: Readonly<Invitation>, now: number): InvitationEnd | undefined {
  const { metadata, spec, status = {} } = invitation;
  if (metadata.deletionTimestamp !== undefined) return 'Deleted';
  if (status.redemption !== undefined) return 'Redeemed';
  if ((status.attempts ?? 0) >= mostAttempts) return 'TooManyAttempts';
  return now >= endOf(invitation) || spec.secretHash === undefined ? 'Expired' : undefined;
}
