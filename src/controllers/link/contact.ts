import type { LinkReason, DesiredCondition } from '../../api/conditions.js';
import { ApiError, NetworkError, TooLargeError, isForbidden, isUnauthorized } from '../../runtime/errors.js';
import { CredentialsError } from '../../runtime/connection.js';

/** The API server of a Link belongs to another cluster than the one that the Link's status pins. */
export class ClusterChangedError extends Error {
  override readonly name = 'ClusterChangedError';
  constructor(
    readonly expected: string,
    readonly found: string,
  ) {
    super(`this is cluster ${found}, and the Link was made for ${expected}`);
  }
}

/** The catalog of a peer cannot be read; the message names the fix. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  constructor(
    readonly reason: LinkReason,
    message: string,
  ) {
    super(message);
  }
}

/** The reason why a remote cluster cannot be reached, and since when, by the monotonic clock (ms). */
export interface RemoteProblem {
  readonly error: unknown;
  readonly since: number;
}

/** The state of one condition of a Link. */
export type DesiredLinkCondition = DesiredCondition<LinkReason>;

/** The state of the renewal of a Link's token: nobody renews it, all is well, or the failure and its fix. */
export type RenewalState = 'none' | 'well' | { readonly failure: string };

/** Credentials that nobody renews get a warning when they end within this time (ms). */
const expiresSoon = 7 * 24 * 3600_000;

/** Explains a failed contact and its fix; the answers of API servers contain no secrets. */
export function contactProblem(error: unknown): { reason: LinkReason; message: string } {
  if (error instanceof ClusterChangedError) {
    return {
      reason: 'ClusterChanged',
      message: `${error.message}; nothing is changed. If the cluster was really replaced, delete the Link and create it again`,
    };
  }
  if (error instanceof CatalogError) return { reason: error.reason, message: error.message };
  if (error instanceof TooLargeError)
    return {
      reason: 'TooLarge',
      message: `${error.message}; select fewer services with spec.imports.selector or spec.imports.remoteNamespaces`,
    };
  if (error instanceof CredentialsError) return { reason: 'CredentialsRejected', message: error.message };
  if (isUnauthorized(error))
    return {
      reason: 'CredentialsRejected',
      message: 'the remote API server does not accept these credentials; put new ones into the Secret',
    };
  if (isForbidden(error))
    return {
      reason: 'Forbidden',
      message: `${error.message}; apply the peer-access manifest and what examples/peer-access.sh prints in the remote cluster`,
    };
  if (error instanceof ApiError)
    return {
      reason: 'Unreachable',
      message: `the remote API server answers ${error.status}: ${error.message}`,
    };
  if (error instanceof NetworkError && isPlain(error))
    return {
      reason: 'Unreachable',
      message:
        'what listens at the address of the remote API server does not speak TLS; correct the host or port in clusters[].cluster.server of the kubeconfig',
    };
  if (error instanceof NetworkError)
    return { reason: 'Unreachable', message: `the remote API server cannot be reached: ${error.message}` };
  return { reason: 'Unreachable', message: error instanceof Error ? error.message : String(error) };
}

/** OpenSSL's texts for an answer without TLS, as from a server for plain HTTP. */
function isPlain({ code, message }: NetworkError): boolean {
  return /wrong.version.number|packet.length.too.long|http.request/i.test(`${code} ${message}`);
}

/** The good case, with a warning for credentials that end and are not renewed. */
export function connectedCondition(
  { server, expires }: { readonly server: string; readonly expires?: number },
  renewal: RenewalState,
  now: number,
): DesiredLinkCondition {
  const connected = { type: 'Connected', status: 'True' } as const;
  const ends = expires === undefined ? '' : `the credentials end at ${new Date(expires).toISOString()}`;
  if (typeof renewal === 'object') {
    const message = `${ends} and could not be renewed: ${renewal.failure}`;
    return { ...connected, reason: 'CredentialsExpiring', message };
  }
  if (renewal === 'none' && expires !== undefined && expires - now < expiresSoon)
    return {
      ...connected,
      reason: 'CredentialsExpiring',
      message: `${ends}; put new ones into the Secret`,
    };
  return { ...connected, reason: 'Connected', message: `in contact with ${server}` };
}
