import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate and its private key (PKCS #8), both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Who a certificate is for. Kubernetes reads the user from CN and the group from O. */
export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  /** Host names and addresses; with any, the certificate is good for serving too. */
  readonly names?: readonly string[];
}

/** A certificate authority that lives as long as its cluster. */
export interface Authority {
  readonly cert: string;
  issue(subject: Subject): Promise<Certificate>;
}

/** Makes a self-signed authority, good for a year. */
export async function createAuthority(name: string): Promise<Authority> {
  const keys = await generateKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: new x509.Name([{ CN: [name] }]),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  return {
    cert: authority.toString('pem'),
    issue: (subject) => issue(subject, authority, keys.privateKey),
  };
}

async function issue(
  subject: Subject,
  issuer: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
): Promise<Certificate> {
  const { commonName, organization, names = [] } = subject;
  const keys = await generateKeys();
  const usages = [
    x509.ExtendedKeyUsage.clientAuth,
    ...(names.length > 0 ? [x509.ExtendedKeyUsage.serverAuth] : []),
  ];
  const alternatives = names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const);
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    subject: new x509.Name([...(organization ? [{ O: [organization] }] : []), { CN: [commonName] }]),
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
    ],
  });
  return { cert: certificate.toString('pem'), key: await exportKey('pkcs8', keys.privateKey) };
}

/** A key pair, both PEM, for signing service account tokens. */
export async function createKeyPair(): Promise<{ privateKey: string; publicKey: string }> {
  const keys = await generateKeys();
  return {
    privateKey: await exportKey('pkcs8', keys.privateKey),
    publicKey: await exportKey('spki', keys.publicKey),
  };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(format: 'pkcs8' | 'spki', key: webcrypto.CryptoKey): Promise<string> {
  const label = format === 'pkcs8' ? 'PRIVATE KEY' : 'PUBLIC KEY';
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey(format, key), label);
}

function validity() {
  const hour = 3_600_000;
  return {
    serialNumber: `00${randomBytes(15).toString('hex')}`, // positive, as RFC 5280 4.1.2.2 wants
    notBefore: new Date(Date.now() - hour), // clocks differ
    notAfter: new Date(Date.now() + 365 * 24 * hour),
  };
}
