import { whole } from '../../../protocol/routes.js';
import { meshDomain, spiffeId } from '../../../api/names.js';
import type { KeyPair } from '../../../pki/keypair.js';
import { allowance, capsOf } from '../../caps.js';
import type { Entries } from '../maps.js';
import { bindAddress, bindFamily } from './bind.js';
import {
  beyond,
  nowhere,
  nowhereServer,
  onAnswer,
  preamble,
  refusal,
  refuse,
  tables,
  userTimeout,
} from './common.js';
import { fileNames, type Layout, type ConnectionLimits, pathOf, type Pem, type Rendered } from './layout.js';
import { choosing, poolBackend, poolSections, readerBackend, sniffing } from './pool.js';
import { type SlotAddress, serverLines, serverStates, shapeOf } from './slots.js';

/** A peer with the present IPs of its addresses. */
export interface PeerBackend {
  readonly link: string;
  readonly cluster: string;
  readonly caBundle: string;
  /** Empty: it cannot be called; its backend stays, so that endpoints that come back need no reload. */
  readonly endpoints: readonly SlotAddress[];
  /** Servers of its backend; at least as many as there are endpoints. */
  readonly slots: number;
}

/** The input of an egress configuration. */
export interface EgressInput {
  readonly identity: KeyPair;
  readonly callees: readonly PeerBackend[];
  /** The map of routes, as {@link createRouteMap} makes it. */
  readonly entries: Entries;
  /** Runs of ports to listen on. */
  readonly ports: readonly { readonly first: number; readonly last: number }[];
}

/** The configuration of an egress gateway: a port leads, by a map, to a backend and the server name to ask it for. */
export function renderEgress({ identity, callees, entries, ports }: EgressInput, given: Layout): Rendered {
  const layout = { ...given, limits: besidePorts(given.limits, ports) };
  const front = [
    ...preamble(layout),
    ...frontend(ports, layout),
    ...nowhere(layout),
    ...poolSections(layout),
  ].join('\n');
  const byLink = new Map(callees.map((callee) => [callee.link, backends(callee, layout).join('\n')]));
  const counting = [
    ...tables(layout),
    'backend clients',
    '  stick-table type string len 112 size 64k expire 1m store conn_cur',
    '',
  ].join('\n');
  return {
    config: [front, ...byLink.values(), counting].join('\n'),
    parts: () =>
      new Map([
        ['', front],
        ...callees.map(({ link, caBundle }) => [link, shapeOf(byLink.get(link) ?? '') + caBundle] as const),
      ]),
    certificate: { path: pathOf(layout, fileNames.own), text: `${identity.cert}\n${identity.key}` },
    bundles: callees.map((callee) => bundleOf(callee, layout)),
    maps: new Map([[pathOf(layout, fileNames.routes), entries]]),
    servers: new Map(
      callees.flatMap(({ link, endpoints, slots }) =>
        backendsOf(link).flatMap((name) => serverStates(name, endpoints, slots)),
      ),
    ),
  };
}

/** Each open port takes a file that no connection can have. */
function besidePorts(limits: ConnectionLimits, ports: EgressInput['ports']): ConnectionLimits {
  const listeners = ports.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return { ...limits, ...capsOf(limits, limits.files - listeners) };
}

/** Names of the backends that lead to a link. */
function backendsOf(link: string): string[] {
  return [`to-${link}`, `pool-${link}`];
}

function frontend(ports: EgressInput['ports'], layout: Layout): string[] {
  const { host, limits } = layout;
  const connection = '  tcp-request connection';
  return [
    'frontend egress',
    `  maxconn ${limits.connections + beyond}`,
    '  unique-id-format %[var(sess.link)]|%[var(sess.name),field(1,.)]',
    ...ports.map(({ first, last }) => {
      const range = first === last ? `${first}` : `${first}-${last}`;
      return `  bind ${bindAddress(host, range)}${bindFamily(host)} ${userTimeout}`;
    }),
    ...refuse({ rule: connection, reason: 'TooMany', link: '' }, `if { fe_conn gt ${limits.connections} }`),
    `${connection} set-var(sess.route) dst_port,map(${pathOf(layout, fileNames.routes)})`,
    ...refuse({ rule: connection, reason: 'NoPeer', link: '' }, 'unless { var(sess.route) -m found }'),
    `${connection} set-var(sess.link) var(sess.route),field(1,|)`,
    `${connection} set-var(sess.name) var(sess.route),field(2,|)`,
    ...dividing(connection),
    // Before the first bytes arrive, because a silent connection takes a place, too: no address has more of a link's
    // connections than it leaves free; for IPv6, no network of 64 bits.
    `${connection} set-var-fmt(sess.client) "%[src,ipmask(32,64)]|%[var(sess.link)]"`,
    `${connection} track-sc3 var(sess.client) table clients`,
    `${connection} track-sc1 var(sess.link) table links`,
    `${connection} set-var(sess.ofLink) sc1_conn_cur`,
    ...refuse(
      { rule: connection, reason: 'TooMany', link: '%[var(sess.link)]' },
      `if { sc_conn_cur(3),mul(${allowance.ofLink}),add(sess.ofLink) gt ${limits.perLink} }`,
    ),
    ...sniffing(layout),
    choosing,
    '  use_backend to-%[var(sess.link)]',
    '',
  ];
}

/** Rules of the egress frontend that take a share of a port's connections to its alternative. */
function dividing(rule: string): string[] {
  const isOther = 'if { var(sess.route),field(6,|),sub(sess.dice) gt 0 }';
  return [
    `${rule} set-var(sess.dice) rand(${whole}) if { var(sess.route),field(6,|) -m found }`,
    `${rule} set-var(sess.link) var(sess.route),field(4,|) ${isOther}`,
    `${rule} set-var(sess.name) var(sess.route),field(5,|) ${isOther}`,
  ];
}

/** The link that a backend leads to, if it leads to one: see {@link backendsOf}. */
export function linkOf(backend: string): string | undefined {
  return /^(?:to|pool)-(.+)$/.exec(backend)?.[1];
}

/** The link that a session of the egress frontend calls, by its backend; undefined: none yet. */
export function calledBy(backend: string): string | undefined {
  return /^(?:to|read)-(.+)$/.exec(backend)?.[1];
}

function bundleOf({ link, caBundle }: PeerBackend, layout: Layout): Pem {
  return { path: bundlePath(link, layout), text: caBundle };
}

/** The file with the CAs of a link's peer. */
export function bundlePath(link: string, layout: Pick<Layout, 'directory'>): string {
  return pathOf(layout, `ca-${link}.pem`);
}

function backends(callee: PeerBackend, layout: Layout): string[] {
  const { link, cluster, endpoints, slots } = callee;
  const uri = spiffeId(cluster, 'gateway');
  const domain = meshDomain(cluster);
  const secure = [
    `ssl crt ${pathOf(layout, fileNames.own)} ca-file ${bundleOf(callee, layout).path}`,
    `verify required sni var(sess.name) no-ssl-reuse ${userTimeout}`,
  ].join(' ');
  const alone = slots === 1;
  const common = [
    `  balance ${alone ? 'first' : 'random'}`,
    // This also limits the TLS handshake, which takes long when many come at once. If another address could take
    // over, less patience is useful.
    `  timeout connect ${alone ? '10s' : '4s'}`,
    `  retries ${Math.min(8, slots)}`,
    '  option redispatch 1',
  ];
  const isImpostor = `{ lua.callee(${uri},${domain}) -m str no }`;
  const servers = serverLines(endpoints, slots, secure);
  return [
    `backend to-${link}`,
    ...common,
    // Too late for the client's first bytes, but before it receives anything.
    `  tcp-response content ${refusal} if ${isImpostor}`,
    ...servers,
    ...(alone ? nowhereServer(layout) : []),
    ...onAnswer,
    '',
    ...readerBackend(link, layout),
    ...poolBackend({ link, domain, common, isImpostor, servers, most: layout.limits.perLink }),
  ];
}
