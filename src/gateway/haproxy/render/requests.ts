import type { Layout } from './layout.js';

/**
 * Rules of a part that reads requests: no request becomes a tunnel, in which nothing is read any more (RFC 9110
 * section 9.3.6).
 */
export const noTunnels = [
  // HAProxy makes a GET with an upgrade out of HTTP/2's extended CONNECT (RFC 8441 section 5)
  '  http-request deny deny_status 405 if { method CONNECT } || { fc_http_major 2 } { req.hdr(upgrade) -m found }',
];

/**
 * Rules that count requests as connections are counted, since each may take a connection to the target: those of a link,
 * and those to an export.
 */
export function counting(
  { limits }: Layout,
  { link, serviceId }: { readonly link: string; readonly serviceId: string },
): string[] {
  const rule = '  http-request';
  const refuse = (condition: string) => [
    `${rule} set-var-fmt(txn.refusal) "TooMany|%[${link}]" if ${condition}`,
    `${rule} track-sc2 var(txn.refusal) table refusals if ${condition}`,
    `${rule} deny deny_status 503 if ${condition}`,
  ];
  return [
    `${rule} track-sc0 ${link} table requests-of-links`,
    ...refuse(`{ sc0_conn_cur gt ${limits.perLink} }`),
    `${rule} track-sc1 ${serviceId} table requests-to-exports`,
    ...refuse(`{ sc1_conn_cur gt ${limits.perExport} }`),
  ];
}

/** Tables of {@link counting}. */
export const requestTables = [
  'backend requests-of-links',
  '  stick-table type string len 64 size 4k expire 1m store conn_cur',
  '',
  'backend requests-to-exports',
  '  stick-table type string len 64 size 32k expire 1m store conn_cur',
  '',
];

/**
 * Rules that remove what a client says about the caller: the header's name, also with `_` for `-`, because
 * applications that read headers like CGI accept that (RFC 3875 section 4.1.18). For trailers the filter
 * `lua.trailers` refuses it. `Connection` ends at our gateway, and may not name our header as one that the next hop
 * removes (RFC 9110 section 7.6.1). An upgrade is forwarded, except to HTTP, whose requests we would not read.
 */
export const unspoofed = [
  '  http-request del-header ^x[-_]forwarded[-_]client[-_]cert$ -m reg',
  '  http-request set-var(txn.upgrade) bool(true) if { req.hdr(connection) -i upgrade } { req.hdr(upgrade) -m found }',
  '  http-request set-var(txn.upgrade) bool(false) if { req.fhdr(upgrade) -i -m sub h2c http/ tls/ }',
  '  http-request del-header connection',
  '  http-request del-header upgrade unless { var(txn.upgrade) -m bool }',
  '  http-request set-header connection upgrade if { var(txn.upgrade) -m bool }',
];
