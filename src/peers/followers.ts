import type { LinkReport } from '../protocol/applied.js';

/** The facts from which it is decided whether one peer trusts a new CA of ours. */
export interface FollowerFacts {
  /** The peer's own name. */
  readonly cluster: string;
  /**
   * Whether we import over this link. Then our gateways call the peer's gateway, whose report says which CAs it
   * accepts.
   */
  readonly calls: boolean;
  /** The link's state at each egress gateway that answers. */
  readonly reports: readonly LinkReport[];
  /** For each ingress gateway that this peer has called recently: the CAs of ours that all those callers trust. */
  readonly heard: readonly (readonly string[])[];
  /** The reason why ingress gateways cannot report their callers' trust; absent: they can. */
  readonly deaf?: string;
}

/** Whether a peer has followed, and if not, what to do. */
export type Following =
  { readonly kind: 'followed' } | { readonly kind: 'waiting'; readonly message: string };

/** How a peer starts to trust a new CA, as a part of a condition's message. */
const howToFollow =
  'it follows by itself if it reads ConfigMap service-mirror-identity here; if its Link pins spec.peer.caBundle, put the ca.crt of that ConfigMap there';

/**
 * Whether a peer trusts our CA with that fingerprint (SHA-256, hex). A peer that we call says so in its reports; a
 * peer that calls us says so in its requests. A peer that does both must have said so in all of them. Silence does
 * not count as trust.
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
