import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { metadataServices } from '../api/metadataservices.js';
import { listen, podLabels } from '../api/names.js';
import { labelsOf, nameOf, type Component, type Install } from './install.js';

type Incoming = k8s.NetworkPolicyIngressRule;
type Outgoing = k8s.NetworkPolicyEgressRule;

const tcp = (port: number, endPort?: number): k8s.NetworkPolicyPort => ({
  protocol: 'TCP',
  port: k8s.IntOrString.fromNumber(port),
  ...(endPort !== undefined && { endPort }),
});

const podsOf = (component: Component): k8s.NetworkPolicyPeer => ({
  podSelector: { matchLabels: podLabels(component) },
});

const allPods: k8s.NetworkPolicyPeer = { namespaceSelector: {} };

/** Ports that pods of this cluster call. */
interface Called {
  readonly port: number;
  readonly endPort: number;
  /** Labels of the namespaces whose pods may call them; none: all. */
  readonly namespaces: Readonly<Record<string, string>>;
}

/** From pods of this cluster to a range of ports. */
export function fromPods({ port, endPort, namespaces }: Called): Incoming {
  const some = Object.keys(namespaces).length > 0;
  const from = some ? { namespaceSelector: { matchLabels: { ...namespaces } } } : allPods;
  return { from: [from], ports: [tcp(port, endPort)] };
}

/** From pods of one of our components. */
export function fromComponent(component: Component, port: number): Incoming {
  return { from: [podsOf(component)], ports: [tcp(port)] };
}

/** From everywhere, other clusters included. */
export function fromAnywhere(port: number): Incoming {
  return { ports: [tcp(port)] };
}

/** To pods of one of our components. */
export function toComponent(component: Component, port: number): Outgoing {
  return { to: [podsOf(component)], ports: [tcp(port)] };
}

/** To all pods of this cluster: exported Services have any port. */
export const toPods: Outgoing = { to: [allPods] };

/** The cluster's own DNS, wherever it runs, resolves the names of API servers and gateways. */
const dns: Outgoing = {
  ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: k8s.IntOrString.fromNumber(53) })),
};

/**
 * API servers and gateways of other clusters may have any address and port, but never that of a cloud's metadata
 * service.
 */
export const anywhere: Outgoing = {
  to: [
    { ipBlock: { cidr: '0.0.0.0/0', except: exceptions('ipv4', 32) } },
    { ipBlock: { cidr: '::/0', except: exceptions('ipv6', 128) } },
  ],
};

function exceptions(family: 'ipv4' | 'ipv6', length: number): string[] {
  const { ranges, addresses } = metadataServices[family];
  return [...ranges, ...addresses.map((address) => `${address}/${length}`)];
}

/**
 * The API server, by its ports alone, because some network plugins (Cilium) treat a node as an identity that no range
 * of addresses matches. Metadata services listen on other ports.
 */
function apiServer({ apiServerPorts }: Install): Outgoing {
  return { ports: apiServerPorts.map((port) => tcp(port)) };
}

/** The allowed traffic to and from the pods of a component; everybody may read health and metrics. */
export function addNetworkPolicy(
  scope: Construct,
  install: Install,
  {
    component,
    ingress,
    egress,
  }: { component: Component; ingress: readonly Incoming[]; egress: readonly Outgoing[] },
): void {
  new k8s.KubeNetworkPolicy(scope, `${component}-network`, {
    metadata: { name: nameOf(component), namespace: install.namespace, labels: labelsOf(component, install) },
    spec: {
      podSelector: { matchLabels: podLabels(component) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [...ingress, fromAnywhere(listen.health)],
      egress: [dns, apiServer(install), ...egress],
    },
  });
}
