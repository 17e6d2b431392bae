import { X509Certificate } from 'node:crypto';

/** The proof of our identity to an API server, and of its identity to us. Certificates and key are PEM. */
export interface ConnectionCredentials {
  /** CAs that the server's certificate must chain to; absent: those of the system. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Headers for every request; holds the bearer token. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How to reach one API server. */
export interface ConnectionConfig {
  /** `https://host:port`, perhaps with a path in front of the API's own. */
  readonly server: string;
  /** Whether the server's certificate is checked; trust must not be based on what an unverified server says. */
  readonly verified: boolean;
  /** The name to ask for and to expect in the server's certificate, if it differs from the host. */
  readonly serverName?: string;
  /** Wall time (ms) at which the client certificate or token ends, if that is known. */
  readonly expires?: number;
  /** Namespace of the kubeconfig's context. */
  readonly namespace?: string;
  /** Reads the credentials again; files may have been rotated since. */
  readonly load: () => Promise<ConnectionCredentials>;
}

/** A kubeconfig that cannot be used. `field` names the place, the message the fix. Holds no secret. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  readonly field: string;

  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`);
    this.field = field;
  }
}

/** The earlier end of a client certificate and of a JWT (RFC 7519, `exp`), in ms; undefined when neither has one. */
export function expiryOf(o: { cert?: string | undefined; token?: string | undefined }): number | undefined {
  const ends = [certificateEnd(o.cert), tokenEnd(o.token)].filter((end) => end !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function certificateEnd(pem: string | undefined): number | undefined {
  if (pem === undefined) return undefined;
  try {
    return Date.parse(new X509Certificate(pem).validTo);
  } catch {
    return undefined;
  }
}

function tokenEnd(token: string | undefined): number | undefined {
  const payload = token?.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { exp?: unknown };
    return typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined; // an opaque token
  }
}
