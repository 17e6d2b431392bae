import { peerChannelName } from '../../../protocol/serviceid.js';
import { type Cidr, writeCidr } from '../../../net/cidr.js';
import { allowance, capsOf, filesPerConnection } from '../../caps.js';
import type { IngressState } from '../../model.js';
import { callerMap, type Caller } from '../callers.js';
import { callerRule } from '../identity.js';
import { bindAddress, bindFamily } from './bind.js';
import {
  beyond,
  nowhere,
  nowhereServer,
  onAnswer,
  preamble,
  refuse,
  tables,
  toldServer,
  userTimeout,
} from './common.js';
import { httpSections } from './http.js';
import { fileNames, type Layout, type ConnectionLimits, pathOf, type Pem, type Rendered } from './layout.js';
import { callerOf, type Rights } from './rights.js';
import { strangersList, strangersMap, strangersRules, strangersSection, strangersUse } from './strangers.js';

/** The input of an ingress configuration. */
export interface IngressInput extends Omit<IngressState, 'peers' | 'exports'> {
  readonly port: number;
  /** Networks of proxies that name their client before TLS. */
  readonly proxies?: readonly Cidr[];
  readonly callers: readonly Caller[];
  readonly rights: Rights;
}

/**
 * The configuration of an ingress gateway. It changes only with our own name and the CAs of peers. The maps hold the
 * rights: a certificate leads to a caller, a server name to a target, and both together to a grant.
 */
export function renderIngress(input: IngressInput, given: Layout): Rendered {
  const layout = { ...given, limits: withRequests(given.limits) };
  const { cluster, identity, callers, rights } = input;
  const cas = { path: pathOf(layout, fileNames.peerCas), text: peerCas(input) };
  const config = [
    ...preamble(layout),
    ...frontend({ ...input, cas }, layout),
    ...nowhere(layout),
    ...backends(layout),
    ...strangersSection(layout),
    ...httpSections(cluster, layout),
    ...tables(layout),
    // by address: connections, and those of them whose handshake has ended
    'backend sources',
    '  stick-table type ipv6 size 32k expire 1m store conn_cur',
    '',
    'backend secured',
    '  stick-table type ipv6 size 32k expire 1m store conn_cur',
    '',
    // of all addresses
    'backend all-secured',
    '  stick-table type string len 8 size 1k expire 1m store conn_cur',
    '',
    'backend channels',
    '  stick-table type string len 64 size 4k expire 1m store conn_cur',
    '',
    'backend exports',
    '  stick-table type string len 64 size 32k expire 1m store conn_cur',
    '',
  ].join('\n');
  return {
    config,
    parts: () => new Map([['', config], ...callers.map(({ link, caBundle }) => [link, caBundle] as const)]),
    certificate: { path: pathOf(layout, fileNames.own), text: `${identity.cert}\n${identity.key}` },
    bundles: [cas],
    lists: [strangersList(cluster, layout)],
    servers: new Map(),
    maps: new Map<string, ReadonlyMap<string, string>>([
      [pathOf(layout, fileNames.callers), callerMap(callers, callerOf)],
      [pathOf(layout, fileNames.targets), rights.targets],
      [pathOf(layout, fileNames.grants), rights.grants],
      [pathOf(layout, fileNames.invitations), strangersMap(cluster, input.invites ?? false)],
    ]),
  };
}

function withRequests(limits: ConnectionLimits): ConnectionLimits {
  return { ...limits, ...capsOf(limits, limits.files, filesPerConnection.http2) };
}

/** Without peers nobody may connect; but HAProxy needs a CA, so it gets one that no caller has. */
function peerCas({ callers, identity }: IngressInput): string {
  const bundles = [...new Set(callers.map(({ caBundle }) => caBundle))];
  return bundles.length > 0 ? bundles.join('') : identity.ca;
}

function frontend(
  { cluster, port, proxies = [], cas }: Pick<IngressInput, 'cluster' | 'port' | 'proxies'> & { cas: Pem },
  layout: Layout,
): string[] {
  const { host, limits } = layout;
  const rule = '  tcp-request content';
  const at = (name: string) => pathOf(layout, name);
  const refuseAs = (reason: string, condition: string) =>
    refuse({ rule, reason, link: '%[var(sess.link)]' }, condition);
  const bind = `${bindAddress(host, String(port))}${bindFamily(host)} ${userTimeout}`;
  const isHttp = '{ var(sess.target),field(3,|) -m str http }';
  const channel = `{ var(sess.name) -m str ${peerChannelName(cluster)} }`;
  return [
    'frontend ingress',
    // strangers must not learn the names of peers' CAs, and many long names would not fit into a handshake
    `  bind ${bind} ssl crt ${at(fileNames.own)} crt-list ${at(fileNames.strangers)} ca-file ${cas.path} verify required no-ca-names`,
    // connections from these networks must have the header; from others it is a broken TLS hello
    ...(proxies.length > 0
      ? [`  tcp-request connection expect-proxy layer4 if { src ${proxies.map(writeCidr).join(' ')} }`]
      : []),
    // sent to the next part: the link to the agent, caller and export to the part that reads requests
    '  unique-id-format %[var(sess.told)]',
    `  maxconn ${limits.connections + beyond}`,
    ...handshakes(layout),
    `${rule} set-var(sess.link) str()`,
    ...strangersRules(cluster, layout),
    // the caller
    `${rule} set-var(sess.uri) lua.caller`,
    ...refuseAs('NoIdentity', 'unless { var(sess.uri) -m len gt 0 }'),
    callerRule,
    `${rule} set-var(sess.peer) var(sess.caller),map(${at(fileNames.callers)})`,
    ...refuseAs('UnknownPeer', 'unless { var(sess.peer) -m found }'),
    `${rule} set-var(sess.link) var(sess.peer),field(1,|)`,
    `${rule} set-var(sess.told) var(sess.link)`,
    // a peer's operator is told to the agent as such, and takes no place of the probes of its gateways
    `${rule} set-var-fmt(sess.told) "%[var(sess.link)]|%[var(sess.peer),field(3,|)]" if { var(sess.peer),field(3,|) -m len gt 0 }`,
    `${rule} set-var(sess.asks) var(sess.told)`,
    // the export
    ...refuseAs('NoServerName', 'unless { var(sess.name) -m found }'),
    `${rule} set-var(sess.target) var(sess.name),map(${at(fileNames.targets)})`,
    ...refuseAs('UnknownServerName', `unless ${channel} || { var(sess.target) -m found }`),
    // With the address under which HAProxy lists sessions, which may differ from the one that a proxy has sent. It is
    // recorded before the grant is looked up, so that removing a grant finds every session that used it.
    `${rule} set-var(sess.label) var(sess.name),field(1,.)`,
    `${rule} set-var-fmt(sess.grant) "%[var(sess.peer)]|%[var(sess.label)]"`,
    `${rule} set-var-fmt(sess.live) "%[fc_src]:%[fc_src_port]|%[var(sess.grant)]"`,
    `${rule} track-sc0 var(sess.live) table live`,
    `${rule} set-var(sess.granted) var(sess.grant),map(${at(fileNames.grants)})`,
    ...refuseAs('NotAllowed', 'unless { var(sess.granted) -m found }'),
    // the limits
    `${rule} track-sc1 var(sess.link) table links`,
    ...refuseAs('TooMany', `if { sc1_conn_cur gt ${limits.perLink} }`),
    ...refuseAs('TooMany', `if ${channel} { var(sess.asks),table_conn_cur(channels) ge ${limits.channels} }`),
    `${rule} track-sc2 var(sess.asks) table channels if ${channel}`,
    ...refuseAs(
      'TooMany',
      `if !${channel} { var(sess.label),table_conn_cur(exports) ge ${limits.perExport} }`,
    ),
    `${rule} track-sc2 var(sess.label) table exports unless ${channel}`,
    // the target
    `${rule} set-dst var(sess.target),field(1,|)`,
    `${rule} set-dst-port var(sess.target),field(2,|)`,
    `${rule} set-var-fmt(sess.told) "%[var(sess.peer),field(2,|)]|%[var(sess.label)]" if ${isHttp}`,
    strangersUse(cluster),
    `  use_backend channel if ${channel}`,
    `  use_backend http if ${isHttp}`,
    '  default_backend exported',
    '',
  ];
}

/**
 * Handshakes under way cost memory before the caller is known. So they have only a part of the connections, and no
 * address has more of that part than its allowance: however many addresses flood us, another one still gets in. The
 * address is the one from which the connection comes, whatever a proxy says later; for IPv6 it is the network of 64
 * bits, because a host usually has all addresses of one.
 */
function handshakes({ limits }: Layout): string[] {
  const rule = '  tcp-request connection';
  const session = '  tcp-request session';
  const refuseAs = (reason: string, condition: string) => [
    `${rule} track-sc2 str(${reason}|) table refusals if ${condition}`,
    `${rule} reject if ${condition}`,
  ];
  return [
    ...refuseAs('TooMany', `{ fe_conn gt ${limits.connections} }`),
    `${rule} set-var(sess.from) src,ipmask(32,64)`,
    `${rule} set-var(sess.secured) var(sess.from),table_conn_cur(secured)`,
    `${rule} set-var(sess.allSecured) str(all),table_conn_cur(all-secured)`,
    `${rule} track-sc3 var(sess.from) table sources`,
    `${rule} set-var(sess.underWay) sc_conn_cur(3),sub(sess.secured),mul(${allowance.ofHandshakes})`,
    ...refuseAs(
      'TooManyHandshakes',
      `{ fe_conn,sub(sess.allSecured),add(sess.underWay) gt ${limits.handshakes} }`,
    ),
    `${session} track-sc4 var(sess.from) table secured`,
    `${session} track-sc5 str(all) table all-secured`,
  ];
}

function backends(layout: Layout): string[] {
  return [
    'backend exported',
    '  balance first',
    '  retries 1',
    '  option redispatch 1',
    `  server target 0.0.0.0:0 ${userTimeout}`,
    ...nowhereServer(layout),
    ...onAnswer,
    '',
    // the caller is in a header before the bytes, which only HAProxy can write: nobody else reaches that socket
    'backend channel',
    toldServer('agent', pathOf(layout, fileNames.channel)),
    '',
  ];
}
