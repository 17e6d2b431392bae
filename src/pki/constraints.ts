import type { X509Certificate } from 'node:crypto';
import { type Element, elements, inside, partsOf } from './der.js';
import { namesOf } from './names.js';

/**
 * Extensions of a CA that are checked, here or where it is decided whether the CA has issued something (RFC 5280
 * section 4.2).
 */
const ids = {
  keyUsage: '551d0f',
  basicConstraints: '551d13',
  nameConstraints: '551d1e',
} as const;

/**
 * Other extensions that may be critical, since TLS itself handles them: alternative names, policies, extended key
 * usage.
 */
const harmless = [
  '551d11',
  '551d12',
  '551d20',
  '551d21',
  '551d24',
  '551d25',
  '551d36',
  '551d0e',
  '551d1f',
  '551d23',
];

const known = new Set<string>([...Object.values(ids), ...harmless]);

/** Extended key usages with which a CA may sign leaves of gateways: for servers, for clients, for anything. */
const usages = new Set(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '2.5.29.37.0']);

/**
 * Whether a CA may stand above a leaf with so many CAs between them: by its key usage, the path length that it
 * permits, and its name constraints. What cannot be read is not permitted. TLS checks the same, but only for the path
 * that it has chosen, and a client may have shown more CAs than are on that path.
 */
export function mayStandAbove(ca: X509Certificate, leaf: X509Certificate, between: number): boolean {
  const extensions = partsOf(ca)?.extensions;
  if (extensions === undefined) return false;
  const isKnown = [...extensions].every(([id, { critical }]) => !critical || known.has(id));
  const value = (id: string) => extensions.get(id)?.value;
  return (
    isKnown &&
    maySign(value(ids.keyUsage)) &&
    (ca.keyUsage === undefined || ca.keyUsage.some((usage) => usages.has(usage))) &&
    isShort(value(ids.basicConstraints), between) &&
    permits(value(ids.nameConstraints), leaf)
  );
}

const [bits, integer] = [0x03, 0x02];

/** Bit 5 of the key usage, keyCertSign; without the extension a key may do anything. */
function maySign(value: Buffer | undefined): boolean {
  if (value === undefined) return true;
  const [usage] = elements(value) ?? [];
  return usage?.tag === bits && ((usage.content[1] ?? 0) & 0x04) !== 0;
}

function isShort(value: Buffer | undefined, between: number): boolean {
  if (value === undefined) return true;
  const fields = inside(value);
  const most = fields?.find(({ tag }) => tag === integer)?.content;
  if (fields === undefined) return false;
  return most === undefined || (most.length <= 4 && most.readIntBE(0, most.length) >= between);
}

const [permitted, excluded] = [0xa0, 0xa1];

/**
 * Most comparisons of a leaf's names with the permitted and excluded names of a CA. Both lists may be as long as a
 * handshake allows.
 */
const maxComparisons = 4_096;

/** Kinds of names (RFC 5280 section 4.2.1.6) that are checked. */
const kinds = { dns: 0x82, directory: 0xa4, uri: 0x86 } as const;

function permits(value: Buffer | undefined, leaf: X509Certificate): boolean {
  if (value === undefined) return true;
  const lists = inside(value);
  const [allow, deny] = [basesIn(lists, permitted), basesIn(lists, excluded)];
  const subject = partsOf(leaf)?.subject;
  if (allow === undefined || deny === undefined || subject === undefined) return false;
  const { dns, uris } = namesOf(leaf);
  const judged: readonly (readonly [number, (base: Buffer) => boolean])[] = [
    ...dns.map((name) => [kinds.dns, (base: Buffer) => isInDomain(name, base)] as const),
    ...uris.map((uri) => [kinds.uri, (base: Buffer) => isOfHost(uri, base)] as const),
    ...(subject.length === 0 ? [] : [[kinds.directory, (base: Buffer) => isBelow(subject, base)] as const]),
  ];
  if (judged.length * (allow.length + deny.length) > maxComparisons) return false;
  return judged.every(([kind, matches]) => {
    const of = (bases: readonly Element[]) => bases.filter(({ tag }) => tag === kind);
    const wanted = of(allow);
    const isIn = (bases: readonly Element[]) => bases.some(({ content }) => matches(content));
    return (wanted.length === 0 || isIn(wanted)) && !isIn(of(deny));
  });
}

/**
 * The names of one list of subtrees; undefined when it cannot be read, or when a subtree has more than a name (RFC
 * 5280 forbids that).
 */
function basesIn(lists: readonly Element[] | undefined, tag: number): readonly Element[] | undefined {
  const list = lists?.find((one) => one.tag === tag);
  if (list === undefined) return lists === undefined ? undefined : [];
  const bases = elements(list.content)?.map(({ content }) => {
    const [base, ...more] = elements(content) ?? [];
    return more.length === 0 ? base : undefined;
  });
  return bases?.every((base) => base !== undefined) === true ? bases : undefined;
}

/** RFC 5280 section 4.2.1.10: the name itself, or one that adds labels on the left. */
function isInDomain(name: string, base: Buffer): boolean {
  const domain = base.toString('latin1').toLowerCase().replace(/^\./, '');
  const asked = name.toLowerCase();
  return domain === '' || asked === domain || asked.endsWith(`.${domain}`);
}

/** RFC 5280 section 4.2.1.10, too: that host, or with a dot in front any host below it. */
function isOfHost(uri: string, base: Buffer): boolean {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/:?#]+)/i.exec(uri)?.[1]?.toLowerCase();
  const wanted = base.toString('latin1').toLowerCase();
  if (host === undefined) return false;
  return wanted.startsWith('.') ? host.endsWith(wanted) && host.length > wanted.length : host === wanted;
}

/** Whether a subject begins with the relative names of a directory name, byte for byte. */
function isBelow(subject: Buffer, base: Buffer): boolean {
  const [name, ...more] = elements(base) ?? [];
  if (name === undefined || more.length > 0) return false;
  return subject.subarray(0, name.content.length).equals(name.content);
}
