import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  Extension,
  type JsonNameParams,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createPrivateKey, X509Certificate as PlainCertificate, type webcrypto } from 'node:crypto';
import { spiffeId } from '../../src/api/names.js';
import { issue } from '../../src/pki/ca.js';
import { keyPinOf } from '../../src/pki/keypin.js';
import { type Profile, profileOf } from '../../src/pki/profile.js';
import type { KeyPair } from '../../src/pki/keypair.js';

export { aCluster, leavesOf, type ClusterPki } from '../../tools/clusters/identities.js';

/** The pin of a CA. */
export function pinOf({ cert }: Pick<KeyPair, 'cert'>): string {
  return keyPinOf(new PlainCertificate(cert));
}

/** How a leaf differs from the right one of an egress gateway. */
export interface LeafChanges extends Partial<Profile> {
  readonly now?: Date;
  /** Milliseconds from now. */
  readonly life?: number;
  /** Leave out which key signed it, so that only the CA's name points to the CA. */
  readonly anonymousIssuer?: boolean;
}

/** An egress leaf that differs from the right one as asked. */
export function aLeaf(authority: KeyPair, cluster: string, changes: LeafChanges = {}): Promise<KeyPair> {
  const { now = new Date(), life, anonymousIssuer = false, ...profile } = changes;
  const lifetime = { now, ...(life !== undefined && { life }) };
  if (anonymousIssuer) return sign(authority, 'CN=gateway', { now, uris: [spiffeId(cluster, 'gateway')] });
  return issue(authority, { ...profileOf('egress', cluster), ...profile }, lifetime);
}

/** A name as text, or part by part, exactly as it is to be. */
export type Named = string | JsonNameParams;

/** What a CA takes from another, beside having its name. */
export interface Likeness {
  /** The subject. @default that of the other */
  readonly name?: Named;
  /** Claims the other's key identifier, too. */
  readonly keyId?: boolean;
}

/** A CA that has the name of another, but not its key. */
export async function aNamesake(
  authority: KeyPair,
  now: Date,
  { name, keyId = false }: Likeness = {},
): Promise<KeyPair> {
  const keys = await newKeys();
  const real = new X509Certificate(authority.cert);
  const id = real.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...{ name: new Name(name ?? real.subject), keys, signingAlgorithm: algorithm },
    ...{ notBefore: now, notAfter: new Date(now.getTime() + 3600_000) },
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      ...(keyId && id !== undefined ? [new SubjectKeyIdentifierExtension(id)] : []),
    ],
  });
  return pairOf(certificate, keys, authority.ca);
}

/** A CA below another. @param host the only one whose URIs it may sign (RFC 5280 section 4.2.1.10); default: any */
export function anIntermediate(authority: KeyPair, now: Date, host?: string): Promise<KeyPair> {
  const subject = host === undefined ? 'CN=intermediate' : `CN=intermediate of ${host}`;
  return sign(authority, subject, { now, ca: true, ...(host !== undefined && { host }) });
}

/** A CA that may stand above other CAs; those that we make may not. */
export async function aRoot(now: Date, name: Named = 'O=Example, CN=Shared Root'): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...{ name: new Name(name), keys, signingAlgorithm: algorithm },
    ...{ notBefore: now, notAfter: new Date(now.getTime() + 3600_000) },
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return pairOf(certificate, keys, `${certificate.toString('pem')}\n`);
}

/** A certificate with the name and the key of a CA, issued by another, or by itself; and no constraints. */
export async function aCrossCertificate(authority: KeyPair, of: KeyPair, now: Date): Promise<KeyPair> {
  return { ...(await likenessOf(of, { now, authority })), key: of.key };
}

/** What others can make of a CA: a certificate with its name and its key, which that key has not signed. */
export async function aCopy(of: KeyPair, now: Date, extensions: readonly Extension[] = []): Promise<KeyPair> {
  const { cert: name, key } = await aRoot(now);
  const stranger = { cert: of.cert, key, ca: name };
  return likenessOf(of, { now, authority: stranger, extensions });
}

/** Name constraints under which a CA may sign no gateway of ours. */
export const onlyNowhere = urisOf('nowhere.invalid');

async function likenessOf(
  of: KeyPair,
  {
    now,
    authority,
    extensions = [],
  }: { readonly now: Date; readonly authority: KeyPair; readonly extensions?: readonly Extension[] },
): Promise<KeyPair> {
  const real = new X509Certificate(of.cert);
  const certificate = await X509CertificateGenerator.create({
    ...{ subject: real.subjectName, issuer: new X509Certificate(authority.cert).subjectName },
    ...{
      publicKey: real.publicKey,
      signingKey: await signingKey(authority.key),
      signingAlgorithm: algorithm,
    },
    ...{ notBefore: now, notAfter: new Date(now.getTime() + 3600_000) },
    extensions: [new BasicConstraintsExtension(true, undefined, true), ...extensions],
  });
  const cert = `${certificate.toString('pem')}\n`;
  return { cert, key: authority.key, ca: cert };
}

/** PEM of a root that is about as long as asked, and no longer: what fills it is an extension that nobody reads. */
export async function aLongRoot(now: Date, name: Named, length: number): Promise<string> {
  const make = async (bytes: number) => {
    const certificate = await X509CertificateGenerator.createSelfSigned({
      ...{ name: new Name(name), keys: await newKeys(), signingAlgorithm: algorithm },
      ...{ notBefore: now, notAfter: new Date(now.getTime() + 3600_000) },
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new Extension('1.3.6.1.4.1.53594.1', false, Buffer.alloc(bytes)),
      ],
    });
    return `${certificate.toString('pem')}\n`;
  };
  const overhead = (await make(0)).length;
  // 64 of 65 characters are base64, of which four hold three bytes; lengths and signatures vary by some bytes
  return make(Math.max(0, Math.floor(((length - overhead) * 64 * 3) / (65 * 4)) - 40));
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

interface Signed {
  readonly now: Date;
  readonly ca?: boolean;
  readonly uris?: readonly string[];
  readonly host?: string;
}

async function sign(
  authority: KeyPair,
  subject: string,
  { now, ca = false, uris = [], host }: Signed,
): Promise<KeyPair> {
  const keys = await newKeys();
  const names = uris.map((value) => ({ type: 'url' as const, value }));
  const certificate = await X509CertificateGenerator.create({
    ...{ subject, issuer: new X509Certificate(authority.cert).subject, signingAlgorithm: algorithm },
    ...{ publicKey: keys.publicKey, signingKey: await signingKey(authority.key) },
    ...{ notBefore: now, notAfter: new Date(now.getTime() + 3600_000) },
    extensions: [
      new BasicConstraintsExtension(ca, undefined, true),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
      ...(host === undefined ? [] : [urisOf(host)]),
    ],
  });
  return pairOf(certificate, keys, authority.ca);
}

/** Name constraints that permit the URIs of one host; short enough for lengths of one byte. */
function urisOf(host: string): Extension {
  const wrap = (tag: number, content: Buffer) => Buffer.concat([Buffer.from([tag, content.length]), content]);
  const permitted = wrap(0xa0, wrap(0x30, wrap(0x86, Buffer.from(host))));
  return new Extension('2.5.29.30', true, wrap(0x30, permitted));
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
  return crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

async function pairOf(
  certificate: X509Certificate,
  keys: webcrypto.CryptoKeyPair,
  ca: string,
): Promise<KeyPair> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  });
  return { cert: `${certificate.toString('pem')}\n`, key: key as string, ca };
}
