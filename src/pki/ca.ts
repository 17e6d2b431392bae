import 'reflect-metadata';
import type * as X509 from '@peculiar/x509';
import { createHash, createPrivateKey, type webcrypto } from 'node:crypto';
import { fingerprintOf, readCertificates } from './bundle.js';
import { clockSkew, type Profile, type LeafRole, profileOf, usageIds } from './profile.js';
import type { KeyPair } from './keypair.js';

/** Life of a CA in milliseconds: 10 years. */
export const authorityLife = 3650 * 24 * 3600_000;

/** Life of a leaf in milliseconds: 7 days. */
export const leafLife = 7 * 24 * 3600_000;

/** The period in which a certificate is valid. */
export interface Lifetime {
  readonly now: Date;
  /** Milliseconds from now; default: the life of its kind. */
  readonly life?: number;
}

/** The library that writes certificates. It is loaded when the first one is made, which gateways never do. */
const library = (): Promise<typeof X509> => import('@peculiar/x509');

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * Makes a CA for a cluster: ECDSA P-256, self-signed, may sign leaves only (path length 0). Its name ends in a hash of
 * its key, so that two CAs of one cluster never share a name. `ca` of the result is the certificate itself.
 */
export async function createAuthority(
  cluster: string,
  { now, life = authorityLife }: Lifetime,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const spki = Buffer.from(await crypto.subtle.exportKey('spki', keys.publicKey));
  const hash = createHash('sha256').update(spki).digest('hex').slice(0, 12);
  const x509 = await library();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`${cluster}-${hash}`] }],
    keys,
    signingAlgorithm: algorithm,
    // for peers whose clocks are behind
    notBefore: new Date(now.getTime() - clockSkew),
    notAfter: new Date(now.getTime() + life),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const cert = certificate.toString('pem') + '\n';
  return { cert, key: await exportKey(keys.privateKey), ca: cert };
}

/** Issues the leaf of a role; the result's `ca` is the authority's bundle. */
export function issueLeaf(
  authority: KeyPair,
  role: LeafRole,
  at: Lifetime & { cluster: string },
): Promise<KeyPair> {
  return issue(authority, profileOf(role, at.cluster), at);
}

/**
 * Issues a leaf with a new ECDSA P-256 key. It never outlives the CA that signs it.
 *
 * @throws when the authority's certificate or key cannot be read.
 */
export async function issue(
  authority: KeyPair,
  profile: Profile,
  { now, life = leafLife }: Lifetime,
): Promise<KeyPair> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(authority.cert);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [profile.commonName] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: algorithm,
    notBefore: new Date(now.getTime() - clockSkew),
    notAfter: new Date(Math.min(now.getTime() + life, issuer.notAfter.getTime())),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(profile.usages.map((usage) => usageIds[usage])),
      ...alternativeNames(profile).map((names) => new x509.SubjectAlternativeNameExtension(names)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return {
    cert: certificate.toString('pem') + '\n' + caChainOf(authority),
    key: await exportKey(keys.privateKey),
    ca: authority.ca,
  };
}

/** The CAs that a leaf must present so that it can be verified: those above it that are not in the bundle. */
export function caChainOf({ cert, ca }: Pick<KeyPair, 'cert' | 'ca'>): string {
  const known = new Set(readCertificates(ca).map(fingerprintOf));
  return readCertificates(cert)
    .filter((certificate) => !known.has(fingerprintOf(certificate)))
    .map((certificate) => certificate.toString())
    .join('');
}

/** The names of a leaf as a list, unless it has none: an extension without a name is not allowed. */
function alternativeNames({ dnsNames, uris }: Profile): X509.JsonGeneralName[][] {
  const names: X509.JsonGeneralName[] = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...uris.map((value) => ({ type: 'url' as const, value })),
  ];
  return names.length === 0 ? [] : [names];
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
  return crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}
