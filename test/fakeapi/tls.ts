import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** PEM of a certificate and of its key. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority for one test. */
export interface Authority {
  /** PEM. */
  readonly ca: string;
  /** A certificate for a server on the loopback interface. */
  server(): Promise<Pair>;
  /** A certificate for a client of that name. */
  client(name: string, notAfter?: Date): Promise<Pair>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

/** Makes an authority with a key of its own; nothing is written anywhere. */
export async function createAuthority(): Promise<Authority> {
  const keys = await generate();
  const span = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=fake authority',
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    ...span,
  });

  const issue = async (name: string, extensions: x509.Extension[], notAfter: Date): Promise<Pair> => {
    const own = await generate();
    const cert = await x509.X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: ca.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions,
      notBefore: span.notBefore,
      notAfter,
    });
    const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey));
    return { cert: cert.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
  };

  const loopback = new x509.SubjectAlternativeNameExtension([
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: 'localhost' },
  ]);
  return {
    ca: ca.toString('pem'),
    server: () => issue('fake api server', [loopback], span.notAfter),
    client: (name, notAfter = span.notAfter) => issue(name, [], notAfter),
  };
}

async function generate(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
