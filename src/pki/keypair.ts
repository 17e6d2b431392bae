/** A leaf certificate with its chain and key, and the CAs of our own cluster; all PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Data of a Secret of type kubernetes.io/tls, or of the CA's, whose values are base64. */
export function encodeKeyPair({ cert, key, ca }: KeyPair): Record<string, string> {
  return { 'tls.crt': base64(cert), 'tls.key': base64(key), 'ca.crt': base64(ca) };
}

/**
 * Reads what {@link encodeKeyPair} has written; undefined when a part is missing. The content of the parts is not
 * checked.
 */
export function decodeKeyPair(data: Readonly<Record<string, string>> | undefined): KeyPair | undefined {
  const { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca } = data ?? {};
  return cert && key && ca ? { cert: text(cert), key: text(key), ca: text(ca) } : undefined;
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}

function text(value: string): string {
  return Buffer.from(value, 'base64').toString();
}
