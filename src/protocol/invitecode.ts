import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { readAddress, writeAddress, type Address } from '../net/address.js';

/** What a code of an invitation says. */
export interface InviteCode {
  /** The end of the Invitation's name. */
  readonly id: string;
  readonly secret: Buffer;
  /** The inviting cluster's own name. */
  readonly cluster: string;
  /** Pins of its CAs; its gateway stands under one of them. */
  readonly pins: readonly string[];
  /** Of its ingress gateway. */
  readonly addresses: readonly Address[];
  /** When the invitation ends: ms since 1970, whole seconds. */
  readonly expires: number;
}

/** Bytes of a secret: 160 bits. */
export const secretLength = 20;

/** Bytes of an id; it names the invitation, and keeps nothing secret. */
export const idLength = 4;

/** Most CAs and addresses in one code: more would make it too long for a message. */
export const mostInCode = { pins: 4, addresses: 4 } as const;

/** Begins every code; another version of the format has another number. */
const prefix = 'smi1_';

/** Longest text that is read, with all white space that a mail may have put into it. */
const longest = 4_096;

const checksumLength = 4;
const pinLength = 32;
const addressKinds = { name: 0, ipv4: 4, ipv6: 6 } as const;

/** A text that is no code; the message says what to do, and holds nothing of the text. */
export class CodeError extends Error {
  override readonly name = 'CodeError';
}

/**
 * The code as one word of letters, digits, `-` and `_`, which a double click selects. Its end is a checksum, so that a
 * code that was cut or mistyped is noticed before anything is dialled.
 *
 * @throws CodeError when a field does not fit
 */
export function writeCode(code: InviteCode): string {
  const { id, secret, cluster, pins, addresses, expires } = code;
  const text = Buffer.from(cluster, 'latin1');
  const parts = [
    Buffer.from(id, 'hex'),
    secret,
    uint(expires / 1000, 4),
    Buffer.concat([uint(text.length, 1), text]),
    uint(pins.length, 1),
    ...pins.map((pin) => Buffer.from(pin.slice('sha256:'.length), 'hex')),
    uint(addresses.length, 1),
    ...addresses.map(addressBytes),
  ];
  const body = Buffer.concat(parts);
  const written = prefix + Buffer.concat([body, checksumOf(body)]).toString('base64url');
  // what cannot be read again must not be handed out
  readCode(written);
  return written;
}

/**
 * Reads a code; ignores white space, which mail and terminals put into long words.
 *
 * @throws CodeError
 */
export function readCode(given: string): InviteCode {
  if (given.length > longest) throw new CodeError('the code is too long: copy the code alone');
  const text = given.replaceAll(/\s+/g, '');
  const version = /^smi(\d{1,4})_/.exec(text)?.[0];
  if (version === undefined)
    throw new CodeError(`this is no code of an invitation: one begins with ${prefix}`);
  if (version !== prefix)
    throw new CodeError('the code has another version: upgrade the older of the two clusters');
  const bytes = Buffer.from(text.slice(prefix.length), 'base64url');
  if (bytes.toString('base64url') !== text.slice(prefix.length)) throw damaged();
  const [body, checksum] = [bytes.subarray(0, -checksumLength), bytes.subarray(-checksumLength)];
  if (bytes.length <= checksumLength || !checksumOf(body).equals(checksum)) throw damaged();
  return parse(body);
}

function parse(body: Buffer): InviteCode {
  let at = 0;
  const take = (length: number) => {
    if (at + length > body.length) throw damaged();
    at += length;
    return body.subarray(at - length, at);
  };
  const number = (length: number) => take(length).readUIntBE(0, length);
  const list = <T>(most: number, read: () => T): T[] => {
    const length = number(1);
    if (length < 1 || length > most) throw damaged();
    return Array.from({ length }, read);
  };
  const id = take(idLength).toString('hex');
  const secret = Buffer.from(take(secretLength));
  const expires = number(4) * 1000;
  const cluster = take(number(1)).toString('latin1');
  const pins = list(mostInCode.pins, () => `sha256:${take(pinLength).toString('hex')}`);
  const addresses = list(mostInCode.addresses, () => readAddressBytes(number, take));
  if (at !== body.length || !/^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/.test(cluster)) throw damaged();
  return { id, secret, cluster, pins, addresses, expires };
}

/** The name of the Invitation with that id for a Link of that name. */
export function invitationName(link: string, id: string): string {
  return `${link}-${id}`;
}

function addressBytes({ host, port }: Address): Buffer {
  const kind = isIP(host) as 0 | 4 | 6;
  switch (kind) {
    case addressKinds.ipv4:
      return Buffer.concat([uint(kind, 1), Buffer.from(host.split('.').map(Number)), uint(port, 2)]);
    case addressKinds.ipv6:
      return Buffer.concat([uint(kind, 1), ipv6Bytes(host), uint(port, 2)]);
    case addressKinds.name: {
      const text = Buffer.from(host, 'latin1');
      return Buffer.concat([uint(kind, 1), uint(text.length, 1), text, uint(port, 2)]);
    }
    default:
      return kind satisfies never;
  }
}

function readAddressBytes(number: (length: number) => number, take: (length: number) => Buffer): Address {
  const host = readHost(number(1));
  // by the rules for addresses that people write
  try {
    return readAddress(writeAddress({ host, port: number(2) }));
  } catch {
    throw damaged();
  }

  function readHost(kind: number): string {
    switch (kind) {
      case addressKinds.ipv4:
        return [...take(4)].join('.');
      case addressKinds.ipv6:
        return groupsOf(take(16));
      case addressKinds.name: {
        const name = take(number(1)).toString('latin1');
        if (isIP(name) !== 0) throw damaged();
        return name;
      }
      default:
        throw damaged();
    }
  }
}

/** As `new URL` shortens it (RFC 5952). */
function groupsOf(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function ipv6Bytes(ip: string): Buffer {
  const plain = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const groups = (part: string | undefined) => (part ? part.split(':') : []);
  const [first, last] = [groups(head), groups(tail)];
  const zeros = Array<string>(8 - first.length - last.length).fill('0');
  return Buffer.concat([...first, ...zeros, ...last].map((group) => uint(Number.parseInt(group, 16), 2)));
}

function uint(value: number, length: number): Buffer {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * length))
    throw new CodeError('a field of the invitation does not fit into a code');
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
}

function checksumOf(body: Buffer): Buffer {
  return createHash('sha256').update(prefix).update(body).digest().subarray(0, checksumLength);
}

function damaged(): CodeError {
  return new CodeError('the code is not whole, or a character of it is wrong: copy all of it again');
}
