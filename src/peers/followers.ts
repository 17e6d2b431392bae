import type { LinkReport } from '../protocol/applied.js';

/** What is known of whether one peer trusts a new CA of ours. */
export interface FollowerFacts {
  /** The peer's own name. */
  readonly cluster: string;
  /** Whether we import over this link, so that the peer's gateway is called and says whom it accepts. */
  readonly calls: boolean;
  /** What each egress gateway that answers sees of the link. */
  readonly reports: readonly LinkReport[];
  /** Of each ingress gateway that was called lately by this peer: the CAs of ours that all those callers trust. */
  readonly heard: readonly (readonly string[])[];
  /** Why ingress gateways cannot say what they hear; absent: they can. */
  readonly deaf?: string;
}

/** Whether a peer has followed, and if not, what would make it. */
export type Following =
  { readonly kind: 'followed' } | { readonly kind: 'waiting'; readonly message: string };

/** How a peer comes to trust a new CA, in the words of a condition. */
const howToFollow =
  'it follows by itself if it reads ConfigMap service-mirror-identity here; if its Link pins spec.peer.caBundle, put the ca.crt of that ConfigMap there';

/**
 * Whether a peer trusts our CA of that fingerprint (SHA-256, hex). Who is called says so in its answers, who calls in its
 * requests; a peer that does both must have said so in all that were heard. Silence is no consent.
 */
export function following(facts: FollowerFacts, fingerprint: string): Following {
  const { cluster, calls, reports, heard, deaf } = facts;
  const peer = `cluster "${cluster}"`;
  const reached = reports.filter(({ healthy }) => healthy);
  const refusing = reached.filter(({ peer: said }) => said?.caFingerprints.includes(fingerprint) !== true);
  if (calls && reached.length === 0)
    return waiting(
      `no egress gateway here reaches ${peer}, so whether it trusts the new CA is not known; see condition GatewayHealthy, delete the Link if the cluster is gone, or run rotate-ca --force`,
    );
  if (calls && refusing.length > 0)
    return waiting(`the gateway of ${peer} does not accept the new CA yet; ${howToFollow}`);
  if (!calls && deaf !== undefined)
    return waiting(`${peer} only calls, and whether it trusts the new CA cannot be heard: ${deaf}`);
  if (!calls && heard.length === 0)
    return waiting(
      `${peer} has not called lately, so whether it trusts the new CA is not known; start its egress gateways, delete the Link if the cluster is gone, or run rotate-ca --force`,
    );
  if (heard.some((trusted) => !trusted.includes(fingerprint)))
    return waiting(`gateways of ${peer} that call here do not trust the new CA yet; ${howToFollow}`);
  return { kind: 'followed' };
}

function waiting(message: string): Following {
  return { kind: 'waiting', message };
}
