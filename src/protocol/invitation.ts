import { createHash } from 'node:crypto';
import { maxUid } from '../api/linkstatus.js';
import { readBundle, writeBundle } from '../pki/bundle.js';
import { decodeIdentity, encodeIdentity, type Decoded, type Identity } from './identity.js';
import { idLength, secretLength } from './invitecode.js';
import { protocolVersion, serverName } from './serviceid.js';

/** The server name under which an ingress gateway takes invitations; it alone needs no client certificate. */
export function inviteName(cluster: string): string {
  // never a service ID, which begins with s-
  return serverName('invite', cluster);
}

/** The path of both requests: GET for the CAs, POST with the secret. */
export const invitationPath = '/v1/invitation';

/** Longest name of a cluster that a Link can pin. */
const mostCluster = 40;

/** Most bytes of a request and of an answer. */
export const largestMessage = 64 << 10;

/** What the gateway says to everybody, so that a caller can tell who it is before the secret travels. */
export interface InviterFacts {
  readonly cluster: string;
  /** PEM. */
  readonly caBundle: string;
}

/** What the holder of a code asks. */
export interface InvitationRequest {
  readonly id: string;
  readonly secret: Buffer;
  /** `look`: what would be taken over; it uses nothing up. */
  readonly act: 'look' | 'redeem';
  /** Who asks. */
  readonly identity: Identity;
}

/** What the holder of the right secret is told. */
export interface InvitationAnswer {
  /** Who the inviting cluster is. */
  readonly identity: Identity;
  /** What it exports to the invited one, in words. */
  readonly exports: string;
}

/** Why a request is refused. */
export const invitationRefusals = {
  /** No open invitation has that id and that secret; it may have ended, or been used. */
  NotOpen: 403,
  /** Too many wrong requests; also right ones must wait. */
  TooManyAttempts: 429,
  BadRequest: 400,
  /** It claims to be the inviting cluster itself. */
  SelfLink: 409,
  /** It has a CA that cannot be told from one of another peer. */
  PeerConflict: 409,
  /** A Link of that name is there. */
  NameConflict: 409,
  /** The inviting cluster could not write down that it is used; it is not. */
  Unavailable: 503,
} as const;

/** A reason of a refusal. */
export type InvitationRefusal = keyof typeof invitationRefusals;

/** A refusal with a sentence for people. */
export interface RefusedInvitation {
  readonly refusal: InvitationRefusal;
  readonly message: string;
}

/**
 * What an Invitation keeps of its secret. The secret has 160 random bits, so that its hash need not be slow; and the words
 * before it keep the hash from being of use anywhere else.
 */
export function hashOfSecret(secret: Uint8Array): string {
  return createHash('sha256').update('service-mirror invitation\0').update(secret).digest('hex');
}

/** The text of {@link InviterFacts}. */
export function encodeFacts({ cluster, caBundle }: InviterFacts): string {
  return JSON.stringify({ protocol: protocolVersion, cluster, caBundle });
}

/** Reads what a stranger says of itself; only a pin proves it. */
export function decodeFacts(text: string, now: Date): Decoded<InviterFacts> {
  const fields = fieldsIn(text);
  if (fields === undefined) return { problems: ['it is not a JSON object of at most 64 KiB'] };
  const { protocol, cluster, caBundle } = fields;
  if (protocol !== protocolVersion)
    return { problems: [`its protocol is not ${protocolVersion}: upgrade the older of the two clusters`] };
  if (typeof cluster !== 'string' || cluster.length > 50 || typeof caBundle !== 'string')
    return { problems: ['it names no cluster or no CA'] };
  try {
    return { value: { cluster, caBundle: writeBundle(readBundle(caBundle, now)) } };
  } catch (error) {
    return { problems: [`caBundle: ${(error as Error).message}`] };
  }
}

/** The text of a request. */
export function encodeRequest({ id, secret, act, identity }: InvitationRequest): string {
  return JSON.stringify({ id, secret: secret.toString('base64url'), act, identity: plainOf(identity) });
}

/** Reads a request of somebody unknown; what it does not name is not looked at. */
export function decodeRequest(text: string, now: Date): Decoded<InvitationRequest> {
  const fields = fieldsIn(text);
  if (fields === undefined) return { problems: ['it is not a JSON object of at most 64 KiB'] };
  const { id, secret, act, identity } = fields;
  const bytes = typeof secret === 'string' ? Buffer.from(secret.slice(0, 64), 'base64url') : Buffer.alloc(0);
  const isId = typeof id === 'string' && id.length === 2 * idLength && /^[0-9a-f]*$/.test(id);
  if (!isId || bytes.length !== secretLength || bytes.toString('base64url') !== secret)
    return { problems: ['it has no id or no secret'] };
  if (act !== 'look' && act !== 'redeem') return { problems: ['act is neither look nor redeem'] };
  const decoded = identityIn(identity, now);
  if ('problems' in decoded) return decoded;
  if (decoded.value.cluster.length > mostCluster)
    return { problems: [`cluster is longer than ${mostCluster} characters: no Link can name it`] };
  return { value: { id, secret: bytes, act, identity: decoded.value } };
}

/** The text of an answer. */
export function encodeAnswer({ identity, exports }: InvitationAnswer): string {
  return JSON.stringify({ identity: plainOf(identity), exports });
}

/** Reads an answer of a cluster that its pin has proved; it may still say anything. */
export function decodeAnswer(text: string, now: Date): Decoded<InvitationAnswer> {
  const fields = fieldsIn(text);
  if (fields === undefined) return { problems: ['it is not a JSON object of at most 64 KiB'] };
  const decoded = identityIn(fields.identity, now);
  if ('problems' in decoded) return decoded;
  return { value: { identity: decoded.value, exports: printable(fields.exports, 512) } };
}

/** The text of a refusal. */
export function encodeRefusal({ refusal, message }: RefusedInvitation): string {
  return JSON.stringify({ refusal, message });
}

/** Reads why a cluster refuses; undefined when it does not say so. */
export function decodeRefusal(text: string): RefusedInvitation | undefined {
  const { refusal, message } = fieldsIn(text) ?? {};
  if (typeof refusal !== 'string' || !Object.hasOwn(invitationRefusals, refusal)) return undefined;
  return { refusal: refusal as InvitationRefusal, message: printable(message, 1_024) };
}

/** Without what gateways say to each other while a CA is rotated. */
function plainOf({ cluster, uid, caBundle, addresses }: Identity): Record<string, string> {
  return encodeIdentity({ cluster, uid, caBundle, addresses });
}

function identityIn(value: unknown, now: Date): Decoded<Identity> {
  const data = isFields(value) ? value : {};
  const texts = Object.entries(data).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const { next: _next, ...known } = Object.fromEntries(texts);
  if ((known.uid ?? '').length > maxUid || !/^[!-~]*$/.test(known.uid ?? ''))
    return { problems: [`uid is not one word of at most ${maxUid} characters`] };
  return decodeIdentity(known, now);
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsIn(text: string): Fields | undefined {
  if (Buffer.byteLength(text) > largestMessage) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Foreign text for a terminal: one line of ASCII, so that it cannot move the cursor or look like something else. */
function printable(value: unknown, length: number): string {
  return (typeof value === 'string' ? value : '').slice(0, length).replaceAll(/[^ -~]/g, '?');
}
