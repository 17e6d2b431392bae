import type { LinkReason, Verdict } from '../api/conditions.js';
import { ApiError, NetworkError, TooLargeError, isForbidden, isUnauthorized } from '../runtime/errors.js';
import { CredentialsError } from '../runtime/kubeconfig.js';
import { ClusterChangedError } from './remote.js';

/** A verdict on a Link. */
export type LinkVerdict = Verdict<LinkReason>;

/** Credentials that end within this time (ms) are worth a word. */
const expiresSoon = 7 * 24 * 3600_000;

/** Says of a failed contact what is wrong and what would mend it; no secret is in what API servers answer. */
export function contactProblem(error: unknown): { reason: LinkReason; message: string } {
  if (error instanceof ClusterChangedError) {
    return {
      reason: 'ClusterChanged',
      message: `${error.message}; nothing is changed. If the cluster was really replaced, delete the Link and create it again`,
    };
  }
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

/** The words of OpenSSL for an answer that is no TLS, as that of a server for plain HTTP. */
function isPlain({ code, message }: NetworkError): boolean {
  return /wrong.version.number|packet.length.too.long|http.request/i.test(`${code} ${message}`);
}

/** The good case; credentials that end soon are told of while they still work. */
export function contactVerdict(server: string, expires: number | undefined, now: number): LinkVerdict {
  if (expires !== undefined && expires - now < expiresSoon) {
    const when = new Date(expires).toISOString();
    return {
      type: 'Connected',
      status: 'True',
      reason: 'CredentialsExpiring',
      message: `the credentials end at ${when}; put new ones into the Secret`,
    };
  }
  return { type: 'Connected', status: 'True', reason: 'Connected', message: `in contact with ${server}` };
}
