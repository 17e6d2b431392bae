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
 * The target of an export, in the form of the map of targets: `IP|port`, and for HTTP `IP|port|http`, with
 * `|namespace|name` of its own host name if that replaces the requested one.
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
 * The part that reads requests. Connections come from the part that has admitted them. It sends the caller and the
 * target in a header before the bytes, so that work with the certificate is done once per connection, and cutting the
 * connection there is enough. Only HAProxy can open the socket. HTTP/1.1 and HTTP/2 are distinguished by their first
 * bytes.
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
    // of the requests of an HTTP/2 connection, one may be waiting
    '  max-session-srv-conns 1',
    ...noTunnels,
    ...counting(layout, { link: told, serviceId: 'fc_pp_unique_id,field(2,|)' }),
    `${rule} set-var(txn.caller) fc_pp_unique_id,field(1,|)`,
    `${rule} set-var(txn.name) fc_pp_unique_id,field(2,|),concat(.${meshDomain(cluster)})`,
    `${rule} set-var(txn.target) var(txn.name),map(${pathOf(layout, fileNames.targets)})`,
    // it is no longer an HTTP export; this lasts only until the connection is cut
    `${rule} deny deny_status 503 unless { var(txn.target),field(3,|) -m str http }`,
    // the caller
    ...unspoofed,
    `${rule} set-header x-forwarded-client-cert "URI=${spiffeId('%[var(txn.caller)]', 'gateway')}"`,
    // the host name
    `${rule} set-var(txn.host) req.hdr(host),host_only,lower`,
    `${rule} set-var(txn.port) req.hdr(host),port_only`,
    `${rule} set-var(txn.namespace) var(txn.target),field(4,|)`,
    `${rule} set-var(txn.own) var(txn.target),field(5,|) if ${isKubernetesName} || ${isInNamespace}`,
    `${rule} set-var-fmt(txn.own) "%[var(txn.own)]:%[var(txn.port)]" if { var(txn.own) -m len gt 0 } { var(txn.port) -m int gt 0 }`,
    `${rule} set-header host %[var(txn.own)] if { var(txn.own) -m len gt 0 }`,
    // the target
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

/** Rules for every protocol of a target. */
const carrying = [
  // streamed data is forwarded while it arrives
  '  option http-no-delay',
  // a client that has left needs no answer
  '  option abortonclose',
  // a connection to the target belongs to one caller, as without a gateway
  '  http-reuse never',
];
