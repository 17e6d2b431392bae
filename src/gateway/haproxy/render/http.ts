import { meshDomain, spiffeId } from '../../../api/names.js';
import type { Export } from '../../model.js';
import { told, toldBind, toldServer, userTimeout } from './common.js';
import { fileNames, type Layout, pathOf } from './layout.js';
import { counting, noTunnels, requestTables, unspoofed } from './requests.js';

/** A label of a host name. */
const word = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** One label, or any name that ends in `svc` or in `svc` and a cluster's domain. */
const isKubernetesName = `{ var(txn.host) -m reg ^${word}[.]?$ ^(${word}[.])+svc([.]${word})*[.]?$ }`;

/** Two labels, of which the second is the namespace. */
const isInNamespace = [
  `{ var(txn.host) -m reg ^${word}[.]${word}$ }`,
  '{ var(txn.host),field(2,.),strcmp(txn.namespace) eq 0 }',
].join(' ');

/**
 * Where an export leads, as the map of targets says it: `IP|port`, and for HTTP `IP|port|http`, with `|namespace|name`
 * of its own host name if that takes the place of the one that was asked for.
 */
export function targetOf({ target, protocol }: Pick<Export, 'target' | 'protocol'>, domain: string): string {
  const address = `${target.host}|${target.port}`;
  switch (protocol.kind) {
    case 'tcp':
      return address;
    case 'http': {
      const { host } = protocol;
      if (host === undefined) return `${address}|http`;
      return `${address}|http|${host.namespace}|${host.name}.${host.namespace}.svc.${domain}`;
    }
    default:
      return protocol satisfies never;
  }
}

/**
 * The part that reads requests. Connections come from the part that has decided on them, which says in a header before
 * the bytes who calls and what (so that what needs a certificate is done once per connection, and to cut one it is
 * enough to cut it there); only HAProxy can open the socket. HTTP/1.1 and HTTP/2 are told apart by their first bytes.
 */
export function httpSections(cluster: string, layout: Layout): string[] {
  const socket = pathOf(layout, fileNames.http);
  const rule = '  http-request';
  const most = `maxconn ${layout.limits.connections}`;
  return [
    'backend http',
    toldServer('reader', socket, '%[var(sess.link)]'),
    '',
    'listen requests',
    '  mode http',
    toldBind(socket),
    ...carrying,
    '  filter lua.trailers',
    `  timeout http-request ${layout.limits.request}ms`,
    '  timeout http-keep-alive 1d',
    // of those that a connection of HTTP/2 had, one may wait for its next request
    '  max-session-srv-conns 1',
    ...noTunnels,
    ...counting(layout, { link: told, serviceId: 'fc_pp_unique_id,field(2,|)' }),
    `${rule} set-var(txn.caller) fc_pp_unique_id,field(1,|)`,
    `${rule} set-var(txn.name) fc_pp_unique_id,field(2,|),concat(.${meshDomain(cluster)})`,
    `${rule} set-var(txn.target) var(txn.name),map(${pathOf(layout, fileNames.targets)})`,
    // no longer an HTTP export: only until the connection is cut
    `${rule} deny deny_status 503 unless { var(txn.target),field(3,|) -m str http }`,
    // who calls
    ...unspoofed,
    `${rule} set-header x-forwarded-client-cert "URI=${spiffeId('%[var(txn.caller)]', 'gateway')}"`,
    // what for
    `${rule} set-var(txn.host) req.hdr(host),host_only,lower`,
    `${rule} set-var(txn.port) req.hdr(host),port_only`,
    `${rule} set-var(txn.namespace) var(txn.target),field(4,|)`,
    `${rule} set-var(txn.own) var(txn.target),field(5,|) if ${isKubernetesName} || ${isInNamespace}`,
    `${rule} set-var-fmt(txn.own) "%[var(txn.own)]:%[var(txn.port)]" if { var(txn.own) -m len gt 0 } { var(txn.port) -m int gt 0 }`,
    `${rule} set-header host %[var(txn.own)] if { var(txn.own) -m len gt 0 }`,
    // where
    `${rule} set-dst var(txn.target),field(1,|)`,
    `${rule} set-dst-port var(txn.target),field(2,|)`,
    '  use_backend requests-h2 if { fc_http_major 2 }',
    `  server target 0.0.0.0:0 ${most} ${userTimeout}`,
    '',
    'backend requests-h2',
    '  mode http',
    ...carrying,
    `  server target 0.0.0.0:0 proto h2 ${most} ${userTimeout}`,
    '',
    ...requestTables,
  ];
}

/** What holds whichever protocol is spoken to the target. */
const carrying = [
  // what is streamed is passed on as it comes
  '  option http-no-delay',
  // who has left asks for nothing any more
  '  option abortonclose',
  // a connection to the target is one caller's connection, as without us
  '  http-reuse never',
];
