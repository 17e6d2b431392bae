import 'reflect-metadata';
import { SubjectKeyIdentifierExtension, X509Certificate as Parsed } from '@peculiar/x509';
import type { X509Certificate } from 'node:crypto';

/**
 * A CA that could be taken for one of the others though its key is another: it has the same subject, as RFC 5280 section
 * 7.1 compares names (whatever the case, and the space between words), or the same key identifier. By these two OpenSSL
 * chooses which CA to check a signature with, so that such a CA in one store with the real one keeps rightful peers out.
 */
export function lookalike(
  cas: readonly X509Certificate[],
  others: readonly X509Certificate[],
): X509Certificate | undefined {
  const known = others.map(featuresOf);
  return cas.find((ca) => {
    const { key, subject, id } = featuresOf(ca);
    return known.some(
      (other) => other.key !== key && (other.subject === subject || (id !== undefined && other.id === id)),
    );
  });
}

interface Features {
  readonly key: string;
  readonly subject: string;
  readonly id: string | undefined;
}

function featuresOf(ca: X509Certificate): Features {
  return {
    key: ca.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    subject: (ca.subject ?? '').toLowerCase().replaceAll(/[ \t]+/g, ' '),
    id: new Parsed(ca.raw).getExtension(SubjectKeyIdentifierExtension)?.keyId,
  };
}
