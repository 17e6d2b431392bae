import { IsIn } from 'class-validator';
import { Doc, Rule } from './crd.js';
import { Nested, Optional, Text } from './fields.js';
import { dnsName } from './formats.js';
import { unseenStatus } from './kstatus.js';
import { LinkGateway, LinkPeer } from './linkgateway.js';
import { Exports, Imports } from './linkscope.js';
import { LinkStatus } from './linkstatus.js';
import type { KubeObject } from './objects.js';

export { DialAddress, GatewayAddress, LinkGateway, LinkPeer, Probe } from './linkgateway.js';
export { Exports, Imports } from './linkscope.js';
export { LinkStatus } from './linkstatus.js';

const transports = ['gateway', 'linkerd', 'flat'] as const;

/** How a link carries traffic. */
export type Transport = (typeof transports)[number];

/** Names a Secret of the operator's namespace. */
@Doc("Names a Secret of the operator's namespace.")
export class SecretRef {
  @Doc('Name of the Secret.')
  @Text(dnsName('the name of a Secret'))
  name!: string;
}

/** How to reach another cluster. */
@Doc('How to reach another cluster, what to take from it, and what it may reach here.')
@Rule<LinkSpec>({
  rule: "!has(self.imports) || has(self.credentialsSecretRef) || (self.transport == 'gateway' && has(self.peer) && has(self.gateway) && (has(self.gateway.addresses) || (has(self.gateway.direction) && self.gateway.direction == 'Accept')))",
  message:
    'imports need a way to read the other cluster: set peer and gateway.addresses, or peer and gateway.direction: Accept, to read from its gateway what it exports (transport gateway); or set credentialsSecretRef, to read its API server; or remove imports for a link that only exports',
  fieldPath: '.imports',
  holds: (spec) => spec.imports === undefined || discoveryOf(spec) !== undefined,
})
@Rule<LinkSpec>({
  rule: "!has(self.peer) || self.transport == 'gateway'",
  message: 'only transport gateway pins a peer: remove peer, or set transport: gateway',
  fieldPath: '.peer',
  holds: ({ peer, transport }) => peer === undefined || transport === 'gateway',
})
@Rule<LinkSpec>({
  rule: '!has(self.peer) || !has(self.peer.fingerprint) || (has(self.gateway) && has(self.gateway.addresses) && !has(self.credentialsSecretRef))',
  message:
    'a fingerprint is proven by what the gateway of the peer shows when this cluster calls it: set gateway.addresses and remove credentialsSecretRef, or pin peer.caBundle, because callers of this cluster are told apart by whole CAs',
  fieldPath: '.peer',
  holds: ({ peer, gateway, credentialsSecretRef }) =>
    peer?.fingerprint === undefined ||
    (gateway?.addresses !== undefined && credentialsSecretRef === undefined),
})
@Rule<LinkSpec>({
  rule: "self.transport != 'linkerd' || (has(self.gateway) && has(self.gateway.addresses) && has(self.gateway.identity))",
  message:
    "transport linkerd needs gateway.addresses and gateway.identity of the remote Linkerd gateway: set both, as 'linkerd multicluster link' prints them",
  holds: ({ transport, gateway }) =>
    transport !== 'linkerd' || (gateway?.addresses !== undefined && gateway.identity !== undefined),
})
@Rule<LinkSpec>({
  rule: "!has(self.gateway) || !has(self.gateway.identity) || self.transport == 'linkerd'",
  message: 'only transport linkerd has a gateway.identity: remove it, or set transport: linkerd',
  holds: ({ transport, gateway }) => gateway?.identity === undefined || transport === 'linkerd',
})
@Rule<LinkSpec>({
  rule: "!has(self.gateway) || self.transport != 'flat'",
  message:
    'transport flat goes to the remote pods and uses no gateway: remove gateway, or choose another transport',
  fieldPath: '.gateway',
  holds: ({ gateway, transport }) => gateway === undefined || transport !== 'flat',
})
@Rule<LinkSpec>({
  rule: "!has(self.gateway) || !has(self.gateway.direction) || self.transport == 'gateway'",
  message: 'only transport gateway has a gateway.direction: remove it, or set transport: gateway',
  holds: ({ transport, gateway }) => gateway?.direction === undefined || transport === 'gateway',
})
@Rule<LinkSpec>({
  rule: "!has(self.gateway) || !has(self.gateway.direction) || self.gateway.direction != 'Accept' || has(self.peer) || has(self.credentialsSecretRef)",
  message:
    'direction Accept needs to know who may dial in: set peer to the cluster name and CA of the other side, or set credentialsSecretRef',
  holds: ({ gateway, peer, credentialsSecretRef }) =>
    gateway?.direction !== 'Accept' || peer !== undefined || credentialsSecretRef !== undefined,
})
export class LinkSpec {
  @Doc(
    "Secret in the operator's namespace, of type linkerd.io/link-credentials, whose key kubeconfig holds a kubeconfig for the remote cluster. Left out: a link of transport gateway that has peer and gateway.addresses, or gateway.direction: Accept, reads from the remote gateway what that exports to this cluster; another one only exports.",
  )
  @Optional()
  @Nested(SecretRef)
  credentialsSecretRef?: SecretRef;

  @Doc("DNS domain of the remote cluster's Services.")
  @Text(dnsName('a DNS domain'))
  clusterDomain: string = 'cluster.local';

  @Doc(
    "How traffic travels. gateway: from this cluster's egress gateway to the remote ingress gateway under mutual TLS, any TCP. linkerd: to the remote Linkerd gateway, by Linkerd's proxies. flat: straight to the remote pods, whose network must be reachable.",
  )
  @IsIn(transports, { message: `write one of ${transports.join(', ')}` })
  transport: Transport = 'gateway';

  @Doc(
    'What this cluster takes from the remote one. Left out: any ServiceMirror may take what can be read there.',
  )
  @Optional()
  @Nested(Imports)
  imports?: Imports;

  @Doc('What the remote cluster may reach here. Left out: nothing.')
  @Optional()
  @Nested(Exports)
  exports?: Exports;

  @Doc("How to reach the remote cluster's gateway. Left out: as the remote cluster publishes it.")
  @Optional()
  @Nested(LinkGateway)
  gateway?: LinkGateway;

  @Doc(
    'Transport gateway only: pins who the other cluster is. Left out: learned from it over a verified connection.',
  )
  @Optional()
  @Nested(LinkPeer)
  peer?: LinkPeer;
}

/** A Link as it is described in its CRD. */
@Doc(
  'A Link connects this cluster with another one: how to read it, how to reach its gateway, and what it may reach here. ServiceMirrors name a Link as their cluster.',
)
@Rule<LinkRoot>({
  rule: "size(self.metadata.name) <= 40 && !self.metadata.name.contains('.')",
  message:
    "metadata.name must be a DNS label of at most 40 characters, without dots: choose a short name, as in 'paris'",
})
@Rule<LinkRoot>({
  rule: "self.metadata.name != 'local'",
  message: "metadata.name: 'local' means this cluster itself: choose the other cluster's name, as in 'paris'",
})
export class LinkRoot {
  @Doc('How to reach the other cluster, what to take from it, and what it may reach here.')
  @Nested(LinkSpec)
  spec!: LinkSpec;

  @Doc('What the operator says of this link; nobody else writes it.', { default: unseenStatus })
  @Optional()
  @Nested(LinkStatus)
  status?: LinkStatus;
}

/** A Link as the API server stores it. */
export interface Link extends KubeObject {
  spec: LinkSpec;
  status?: LinkStatus;
}

/** How a cluster learns what another one has: from its API server, or from its ingress gateway. */
export type Discovery = 'credentials' | 'catalog';

/** How a Link learns what the other cluster has; undefined: nothing can be imported over it. */
export function discoveryOf(spec: Readonly<LinkSpec>): Discovery | undefined {
  if (spec.credentialsSecretRef !== undefined) return 'credentials';
  if (spec.transport !== 'gateway' || spec.peer === undefined) return undefined;
  const { addresses, direction } = spec.gateway ?? {};
  return addresses === undefined && direction !== 'Accept' ? undefined : 'catalog';
}

/** The spec of a Link as it is stored. One that was stored under an older schema may have none. */
export function storedSpec(link: Readonly<Link> | undefined): Readonly<Partial<LinkSpec>> {
  const spec: LinkSpec | undefined = link?.spec;
  return spec ?? {};
}

/** What a Link imports. */
export function importsOfSpec(link: Readonly<Link> | undefined): Readonly<Imports> | undefined {
  return storedSpec(link).imports;
}
