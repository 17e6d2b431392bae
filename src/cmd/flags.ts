import { parseArgs } from 'node:util';
import { readCidr, type Cidr } from '../net/cidr.js';
import { maxShares } from '../api/shares.js';
import { implementationOf } from '../gateway/implementations.js';
import { certificateSources, isCertificateSource, type CertificateSource } from '../pki/profile.js';
import { levels, type Level } from '../runtime/log.js';
import type { Address } from '../net/address.js';
import { choices, ownFlags, ownHelp, ownOptions } from './ownflags.js';
import type { AcceptFlags } from './accept.js';
import type { InviteFlags } from './invite.js';
import { inviteUsage, readAccept, readInvite } from './inviteflags.js';
import type { RotateCaFlags } from './rotateca.js';
import { printLinkFlags, type PrintLinkFlags } from './printlink.js';
import { addresses, count, domain, ip, milliseconds, named, portNumber } from './flagvalues.js';

/** The commands of the command line. */
export type Command =
  | ({ readonly role: 'operator' } & OperatorFlags)
  | ({ readonly role: 'gateway' } & GatewayFlags)
  | ({ readonly role: 'rotate-ca' } & RotateCaFlags)
  | ({ readonly role: 'invite' } & InviteFlags)
  | ({ readonly role: 'accept' } & AcceptFlags)
  | { readonly role: 'prepare'; readonly directory: string }
  | { readonly role: 'translate-links' }
  | ({ readonly role: 'print-link' } & PrintLinkFlags)
  | { readonly role: 'help'; readonly problem?: string };

/** Flags of every process. */
export interface CommonFlags {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly logLevel: Level;
  readonly logFormat: 'json' | 'plain';
  /** `host:port` of /livez, /readyz and /metrics. */
  readonly metricsAddress: string;
}

/** Flags of the operator. */
export interface OperatorFlags extends CommonFlags {
  readonly clusterName?: string;
  readonly leaderElection: boolean;
  /** Into how many shares the Links are divided, each for one replica. */
  readonly shares: number;
  /** Addresses of egress gateways that run outside of the cluster. */
  readonly egressAddresses: readonly string[];
  /** Addresses at which peers reach our ingress gateway; empty: as its Service says. */
  readonly gatewayAddresses: readonly Address[];
  readonly certificates: CertificateSource;
}

/** Flags of a gateway; durations in milliseconds. */
export interface GatewayFlags extends CommonFlags {
  readonly gatewayRole: 'egress' | 'ingress';
  /** A name of {@link implementations}. */
  readonly implementation: string;
  /** Flags of that implementation alone. */
  readonly own: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly port?: number;
  readonly clusterDomain: string;
  /** Ingress: networks whose connections must begin with a PROXY protocol header. */
  readonly proxies: readonly Cidr[];
  /** Most connections at once, of all links; absent: the default of the gateway. */
  readonly maxConnections?: number;
  readonly leaveMs: number;
  readonly drainMs: number;
}

/** The text of `--help`. */
export const usage = `Usage:
  operator [flags]   watches ServiceMirrors and Links, and writes Services and EndpointSlices
  gateway  [flags]   carries the traffic: --role egress beside the callers, --role ingress beside the services
  rotate-ca [flags]  asks the operator for a new certificate authority, and says whom it waits for
  invite   [flags]   makes an invitation for another cluster, and prints its code (docs/invitations.md)
  accept   [flags]   redeems the code of another cluster, and prints the Link to it
  translate-links    reads Linkerd's Links from standard input and prints ours (docs/migration.md)
  print-link [flags] prints the Link by which another cluster knows this one: apply it there (all of it is public)
  prepare  [flags]   makes the --haproxy-directory of a HAProxy that starts before its gateway, and ends

Flags of both:
  --kubeconfig FILE          the local cluster; default: KUBECONFIG, the pod's service account, ~/.kube/config
  --namespace NAME           namespace of the operator and its gateways (service-mirror)
  --metrics-address H:P      /livez /readyz /metrics (0.0.0.0:9990)
  --log-level LEVEL          error, warn, info or debug (info)
  --log-format FORMAT        json, or plain for eyes (json)

operator:
  --cluster-name NAME        this cluster's own name; cannot change later (c- and ten digits of its UID)
  --egress-address IP        an egress gateway outside of the cluster; may be repeated
  --gateway-address H:P      where peers reach the ingress gateway, in place of what its Service says; may be repeated
  --certificates WHO         own: a CA of this cluster; given: one that somebody puts into Secret service-mirror-ca;
                             external: cert-manager or others write the certificates (own)
  --shares N                 divides the Links over N replicas, of at least N + 1; the same for all replicas (1)
  --no-leader-election       for a single process

rotate-ca (and --kubeconfig, --namespace):
  --force                    waits no longer, neither for peers nor until the CA before may go
${inviteUsage}
print-link (and --kubeconfig, --namespace):
  --name NAME                name of the Link (this cluster's name)
  --address H:P              where the other cluster reaches the ingress gateway, in place of what is published; may be repeated
  --no-address               the other cluster does not call this one
  --exports KEY=VALUE,...    labels of the Services there that this cluster may reach, or none (mirror.linkerd.io/exported=true)

gateway:
  --role ROLE                egress or ingress
  --implementation NAME      what moves the bytes (node)
${choices}${ownHelp}  --address IP               address to listen on (all)
  --port PORT                ingress: where peers connect (4143)
  --proxy-protocol-from LIST ingress: networks of proxies, whose every connection begins with a PROXY header, v1 or v2
  --cluster-domain DOMAIN    ingress: what host names of HTTP exports end in (cluster.local)
  --max-connections N        at once, of all links; a quarter or fifth of the files that may be open is a bound, too (8000)
  --leave-timeout DURATION   when stopping: longest wait until nobody is sent here any more (60s)
  --drain-timeout DURATION   when stopping: longest wait for live connections (30s)
`;

/** Reads the command line; a mistake becomes `help` with a problem that names the flag. */
export function readCommand(args: readonly string[]): Command {
  const [role, ...rest] = args;
  if (role === undefined || role === '--help' || role === 'help') return { role: 'help' };
  const read = Object.hasOwn(commands, role) ? commands[role] : undefined;
  if (read === undefined)
    return { role: 'help', problem: `unknown command "${role}"; write ${Object.keys(commands).join(', ')}` };
  try {
    return read(rest);
  } catch (error) {
    return { role: 'help', problem: error instanceof Error ? error.message : String(error) };
  }
}

const commands: Readonly<Record<string, (args: string[]) => Command>> = {
  operator: operatorFlags,
  gateway: gatewayFlags,
  prepare: prepareFlags,
  invite(args) {
    const flags = readInvite(args);
    return flags ? { role: 'invite', ...flags } : { role: 'help' };
  },
  accept(args) {
    const flags = readAccept(args);
    return flags ? { role: 'accept', ...flags } : { role: 'help' };
  },
  'rotate-ca': rotateCaFlags,
  'translate-links': translateLinksFlags,
  'print-link': (args) => {
    const flags = printLinkFlags(args);
    return flags === undefined ? { role: 'help' } : { role: 'print-link', ...flags };
  },
};

const common = {
  kubeconfig: { type: 'string' },
  namespace: { type: 'string', default: 'service-mirror' },
  'metrics-address': { type: 'string', default: '0.0.0.0:9990' },
  'log-level': { type: 'string', default: 'info' },
  'log-format': { type: 'string', default: 'json' },
  help: { type: 'boolean', default: false },
} as const;

function operatorFlags(args: string[]): Command {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      ...common,
      'cluster-name': { type: 'string' },
      'leader-election': { type: 'boolean', default: true },
      shares: { type: 'string', default: '1' },
      'egress-address': { type: 'string', multiple: true, default: [] },
      'gateway-address': { type: 'string', multiple: true, default: [] },
      certificates: { type: 'string', default: 'own' },
    },
  });
  if (values.help) return { role: 'help' };
  const clusterName = values['cluster-name'];
  if (clusterName !== undefined && !/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(clusterName)) {
    throw new Error(`--cluster-name: "${clusterName}" is not a DNS label of at most 40 characters`);
  }
  const { certificates } = values;
  if (!isCertificateSource(certificates))
    throw new Error(`--certificates: write ${certificateSources.join(', ')}`);
  return {
    role: 'operator',
    certificates,
    ...commonFlags(values),
    ...(clusterName !== undefined && { clusterName }),
    leaderElection: values['leader-election'],
    shares: shares(values.shares, values['leader-election']),
    egressAddresses: values['egress-address'],
    gatewayAddresses: addresses('--gateway-address', values['gateway-address']),
  };
}

/** The number of shares; a single process that leads without a lease would work for one of them alone. */
function shares(text: string, leaderElection: boolean): number {
  const value = count('--shares', text);
  if (value > maxShares) throw new Error(`--shares: at most ${maxShares}`);
  if (value > 1 && !leaderElection) throw new Error('--shares: only with leader election');
  return value;
}

function rotateCaFlags(args: string[]): Command {
  const { kubeconfig, namespace, help } = common;
  const options = { kubeconfig, namespace, help, force: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return { role: 'help' };
  return {
    role: 'rotate-ca',
    ...(values.kubeconfig !== undefined && { kubeconfig: values.kubeconfig }),
    ...{ namespace: values.namespace, force: values.force },
  };
}

function gatewayFlags(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      ...common,
      role: { type: 'string' },
      ...ownOptions,
      implementation: { type: 'string', default: 'node' },
      address: { type: 'string' },
      port: { type: 'string' },
      'proxy-protocol-from': { type: 'string', multiple: true, default: [] },
      'cluster-domain': { type: 'string', default: 'cluster.local' },
      'max-connections': { type: 'string' },
      'leave-timeout': { type: 'string', default: '60s' },
      'drain-timeout': { type: 'string', default: '30s' },
    },
  });
  if (values.help) return { role: 'help' };
  const { role, address, implementation, 'max-connections': most } = values;
  if (role !== 'egress' && role !== 'ingress') throw new Error('--role: write egress or ingress');
  const { capabilities } = named('--implementation', () => implementationOf(implementation));
  return {
    role: 'gateway',
    ...commonFlags(values),
    gatewayRole: role,
    implementation,
    own: ownFlags(implementation, values),
    ...(address !== undefined && { address: ip('--address', address) }),
    ...(values.port !== undefined && { port: portNumber('--port', values.port) }),
    proxies: proxies(values['proxy-protocol-from'], { role, implementation, ...capabilities }),
    clusterDomain: domain('--cluster-domain', values['cluster-domain']),
    ...(most !== undefined && { maxConnections: count('--max-connections', most) }),
    leaveMs: milliseconds('--leave-timeout', values['leave-timeout']),
    drainMs: milliseconds('--drain-timeout', values['drain-timeout']),
  };
}

/** The networks of a flag that may be repeated; each value may be a list. */
function proxies(
  lists: readonly string[],
  { role, implementation, proxyProtocol }: { role: string; implementation: string; proxyProtocol: boolean },
): Cidr[] {
  const flag = '--proxy-protocol-from';
  if (lists.length === 0) return [];
  if (role !== 'ingress') throw new Error(`${flag}: only for --role ingress`);
  if (!proxyProtocol) throw new Error(`${flag}: --implementation ${implementation} takes no such headers`);
  return lists.flatMap((list) => list.split(',')).map((text) => named(flag, () => readCidr(text.trim())));
}

function translateLinksFlags(args: string[]): Command {
  const { values } = parseArgs({ args, options: { help: common.help } });
  return { role: values.help ? 'help' : 'translate-links' };
}

function prepareFlags(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: { 'haproxy-directory': { type: 'string' }, help: common.help },
  });
  if (values.help) return { role: 'help' };
  const directory = values['haproxy-directory'];
  if (directory === undefined) throw new Error('--haproxy-directory: name the folder to make');
  return { role: 'prepare', directory };
}

function commonFlags(values: {
  kubeconfig?: string | undefined;
  namespace: string;
  'metrics-address': string;
  'log-level': string;
  'log-format': string;
}): CommonFlags {
  const logLevel = levels.find((level) => level === values['log-level']);
  if (logLevel === undefined) throw new Error(`--log-level: write one of ${levels.join(', ')}`);
  const logFormat = values['log-format'];
  if (logFormat !== 'json' && logFormat !== 'plain') throw new Error('--log-format: write json or plain');
  return {
    ...(values.kubeconfig !== undefined && { kubeconfig: values.kubeconfig }),
    namespace: values.namespace,
    metricsAddress: values['metrics-address'],
    logLevel,
    logFormat,
  };
}
