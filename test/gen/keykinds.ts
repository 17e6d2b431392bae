import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createPrivateKey, randomBytes, type webcrypto } from 'node:crypto';
import { profileOf } from '../../src/pki/profile.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import type { ClusterPki } from './pki.js';

/** Kinds of keys that an issuer of certificates may choose, beside ours. */
export const keyKinds = {
  Ed25519: { name: 'Ed25519' },
  'ECDSA P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  'RSA of 2,048 bits': {
    ...{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    ...{ modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]) },
  },
} as const;

/** A cluster whose CA and leaves have keys of such a kind. */
export async function aClusterWith(cluster: string, kind: keyof typeof keyKinds): Promise<ClusterPki> {
  const signingAlgorithm = keyKinds[kind];
  const [notBefore, notAfter] = [new Date(), new Date(Date.now() + 3_600_000)];
  const generate = () =>
    crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
  const name = `CN=${cluster}-${randomBytes(6).toString('hex')}`;
  const keys = await generate();
  const root = await X509CertificateGenerator.createSelfSigned({
    ...{ name, keys, signingAlgorithm, notBefore, notAfter },
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  const ca = `${root.toString('pem')}\n`;
  const leaf = async (role: 'ingress' | 'egress' | 'operator'): Promise<KeyPair> => {
    const own = await generate();
    const { dnsNames, uris, commonName } = profileOf(role, cluster);
    const certificate = await X509CertificateGenerator.create({
      ...{ subject: `CN=${commonName}`, issuer: root.subject, signingAlgorithm, notBefore, notAfter },
      ...{ publicKey: own.publicKey, signingKey: keys.privateKey },
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new SubjectAlternativeNameExtension([
          ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
          ...uris.map((value) => ({ type: 'url' as const, value })),
        ]),
      ],
    });
    return { cert: `${certificate.toString('pem')}\n`, key: await pemOf(own), ca };
  };
  const [ingress, egress, operator] = await Promise.all([leaf('ingress'), leaf('egress'), leaf('operator')]);
  return { cluster, authority: { cert: ca, key: await pemOf(keys), ca }, ingress, egress, operator };
}

async function pemOf({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return key.export({ format: 'pem', type: 'pkcs8' }) as string;
}
