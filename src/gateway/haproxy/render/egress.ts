import { meshDomain, spiffeId } from '../../../api/names.js';
import type { KeyPair } from '../../model.js';
import type { Entries } from '../maps.js';
import { bindAddress, bindFamily } from './bind.js';
import {
  nowhere,
  nowhereServer,
  onAnswer,
  preamble,
  refusal,
  refuse,
  rereads,
  tables,
  userTimeout,
} from './common.js';
import { fileNames, type Layout, pathOf, type Pem, type Rendered } from './layout.js';
import { choosing, poolBackend, poolSections, sniffing } from './pool.js';
import { type Endpoint, serverLines, serverStates } from './slots.js';

/** A peer with the IPs behind its addresses as they are now. */
export interface Callee {
  readonly link: string;
  readonly cluster: string;
  readonly caBundle: string;
  /** Empty: it cannot be called. */
  readonly endpoints: readonly Endpoint[];
  /** Servers of its backend; at least as many as there are endpoints. */
  readonly slots: number;
}

/** What an egress configuration follows from. */
export interface EgressInput {
  readonly identity: KeyPair;
  readonly callees: readonly Callee[];
  /** The map of routes, as {@link createRouteMap} makes it. */
  readonly entries: Entries;
  /** Runs of ports to listen on. */
  readonly ports: readonly { readonly first: number; readonly last: number }[];
}

/** The configuration of an egress gateway: a port leads, by a map, to a backend and the server name to ask it for. */
export function renderEgress({ identity, callees, entries, ports }: EgressInput, layout: Layout): Rendered {
  const called = callees.filter(({ endpoints }) => endpoints.length > 0);
  const config = [
    ...preamble(layout),
    ...frontend(ports, layout),
    ...nowhere(layout),
    ...poolSections(layout),
    ...called.flatMap((callee) => backends(callee, layout)),
    ...tables(layout),
  ];
  return {
    config: config.join('\n'),
    certificate: { path: pathOf(layout, fileNames.own), text: `${identity.cert}\n${identity.key}` },
    bundles: called.map((callee) => bundleOf(callee, layout)),
    maps: new Map([[pathOf(layout, fileNames.routes), entries]]),
    servers: new Map(
      called.flatMap(({ link, endpoints, slots }) =>
        backendsOf(link).flatMap((name) => serverStates(name, endpoints, slots)),
      ),
    ),
  };
}

/** Names of the backends that lead to a link. */
function backendsOf(link: string): string[] {
  return [`to-${link}`, `pool-${link}`];
}

function frontend(ports: EgressInput['ports'], layout: Layout): string[] {
  const { host, limits } = layout;
  const connection = '  tcp-request connection';
  const content = '  tcp-request content';
  return [
    'frontend egress',
    `  maxconn ${limits.connections}`,
    '  unique-id-format %[var(sess.link)]|%[var(sess.name),field(1,.)]',
    ...ports.map(({ first, last }) => {
      const range = first === last ? `${first}` : `${first}-${last}`;
      return `  bind ${bindAddress(host, range)}${bindFamily(host)} ${userTimeout}`;
    }),
    `${connection} set-var(sess.route) dst_port,map(${pathOf(layout, fileNames.routes)})`,
    ...refuse({ rule: connection, reason: 'NoPeer', link: '' }, 'unless { var(sess.route) -m found }'),
    `${connection} set-var(sess.link) var(sess.route),field(1,|)`,
    `${connection} set-var(sess.name) var(sess.route),field(2,|)`,
    ...sniffing,
    `${content} track-sc1 var(sess.link) table links`,
    ...refuse(
      { rule: content, reason: 'TooMany', link: '%[var(sess.link)]' },
      `if { sc1_conn_cur gt ${limits.perLink} }`,
    ),
    choosing,
    '  use_backend to-%[var(sess.link)]',
    '',
  ];
}

/** The link that a backend leads to, if it leads to one: see {@link backendsOf}. */
export function linkOf(backend: string): string | undefined {
  return /^(?:to|pool)-(.+)$/.exec(backend)?.[1];
}

function bundleOf({ link, caBundle }: Callee, layout: Layout): Pem {
  return { path: pathOf(layout, `ca-${link}.pem`), text: caBundle };
}

function backends(callee: Callee, layout: Layout): string[] {
  const { link, cluster, endpoints, slots } = callee;
  const uri = spiffeId(cluster, 'gateway');
  const domain = meshDomain(cluster);
  const secure = [
    `ssl crt ${pathOf(layout, fileNames.own)} ca-file ${bundleOf(callee, layout).path}`,
    `verify required sni var(sess.name) no-ssl-reuse ${userTimeout}`,
  ].join(' ');
  const alone = slots === 1;
  const common = [
    rereads(bundleOf(callee, layout)),
    `  balance ${alone ? 'first' : 'random'}`,
    // Ends the TLS handshake too, which takes its time when many come at once. Where another address could take over, it
    // is worth less patience.
    `  timeout connect ${alone ? '10s' : '4s'}`,
    `  retries ${Math.min(8, slots)}`,
    '  option redispatch 1',
  ];
  const isImpostor = `{ lua.callee(${uri},${domain}) -m str no }`;
  const servers = serverLines(endpoints, slots, secure);
  return [
    `backend to-${link}`,
    ...common,
    // Too late for what the client has said already, but before it hears anything.
    `  tcp-response content ${refusal} if ${isImpostor}`,
    ...servers,
    ...(alone ? nowhereServer(layout) : []),
    ...onAnswer,
    '',
    ...poolBackend({ link, domain, common, isImpostor, servers }),
  ];
}
