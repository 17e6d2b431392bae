import { fileNames, type Layout, pathOf } from './layout.js';

/** TLS 1.3 cipher suites (RFC 8446 appendix B.4) that gateways offer, best first. */
const ciphersuites = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** TCP ends a connection after about two minutes without an answer; unacknowledged data waits a quarter of that. */
export const userTimeout = 'tcp-ut 30s';

/** The sections that both roles begin with. */
export function preamble(layout: Layout): string[] {
  const { limits } = layout;
  return [
    'global',
    `  nbthread ${limits.threads}`,
    `  fd-hard-limit ${limits.files}`,
    // otherwise another HAProxy could listen on the same port, and each would get a part of the connections
    '  noreuseport',
    `  stats socket ${pathOf(layout, fileNames.admin)} mode 600 level admin expose-fd listeners`,
    '  stats timeout 1m',
    // messages about HAProxy itself; connections are counted, not logged
    '  log stdout format raw local0 notice',
    `  lua-load-per-thread ${pathOf(layout, fileNames.script)}`,
    '  tune.stick-counters 6',
    // Otherwise, while a connection is busy both ways, HAProxy sometimes treats the end of the received data as read
    // as soon as it has come, and loses the data before it in the socket's buffer.
    '  tune.epoll.mask-events rdhup,hup',
    // A client with more requests waits; each request under way may take a connection to the target. And no request
    // becomes a tunnel (RFC 8441).
    '  tune.h2.fe.max-concurrent-streams 32',
    '  h2-workaround-bogus-websocket-clients',
    // no resumption: a resumed session would outlive the certificate that it was made with
    '  tune.ssl.cachesize 0',
    '  ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets',
    `  ssl-default-bind-ciphersuites ${ciphersuites}`,
    '  ssl-default-server-options ssl-min-ver TLSv1.3 no-tls-tickets',
    `  ssl-default-server-ciphersuites ${ciphersuites}`,
    '',
    'defaults',
    '  mode tcp',
    '  timeout connect 2s',
    // Connections may be silent for any time, also half-closed ones: TCP's own keep-alive detects a dead side.
    ...['client', 'server', 'tunnel', 'client-fin', 'server-fin'].map((which) => `  timeout ${which} 1d`),
    `  timeout client-hs ${limits.handshake}ms`,
    '  option clitcpka',
    '  option srvtcpka',
    ...keepAlive('clitcpka'),
    ...keepAlive('srvtcpka'),
    // counted while they last, not only at their end
    '  option contstats',
    '',
  ];
}

function keepAlive(option: string): string[] {
  return [`  ${option}-idle 30s`, `  ${option}-intvl 15s`, `  ${option}-cnt 5`];
}

/** The action of a rule that refuses a connection: a reset, which nobody mistakes for an empty answer. */
export const refusal = 'silent-drop rst-ttl 64';

/** Rules that refuse a connection on a condition, and count it under a reason and a link, which is a log format. */
export function refuse(
  { rule, reason, link }: { readonly rule: string; readonly reason: string; readonly link: string },
  condition: string,
): string[] {
  return [
    `${rule} set-var-fmt(sess.refusal) "${reason}|${link}" ${condition}`,
    `${rule} track-sc2 var(sess.refusal) table refusals ${condition}`,
    `${rule} ${refusal} ${condition}`,
  ];
}

/**
 * Rules of a backend: if a server fails before its first byte, the client gets a reset. Later HAProxy passes every
 * end on as an orderly one.
 */
export const onAnswer = [
  '  tcp-response inspect-delay 1d',
  '  tcp-response content accept if { res.len gt 0 }',
  `  tcp-response content ${refusal} if { bc_err gt 0 }`,
];

/**
 * A server that is another part of the same HAProxy, or the agent: a header before the bytes gives it our
 * `unique-id`. Nobody else can open its socket.
 *
 * @param more additional text to send, a log format; {@link told} reads it
 */
export function toldServer(name: string, socket: string, more?: string): string {
  const header = 'send-proxy-v2 proxy-v2-options unique-id';
  return `  server ${name} unix@${socket} ${header}${more === undefined ? '' : ` set-proxy-v2-tlv-fmt(${ownTlv}) ${more}`}`;
}

/** A type of our own (PROXY protocol 2, section 2.2.7). */
const ownTlv = '0xE0';

/** The additional text that {@link toldServer} sends. */
export const told = `fc_pp_tlv(${ownTlv})`;

/**
 * Connections beyond our bound that a frontend accepts in order to refuse them: others wait in the kernel, and nobody
 * notices them.
 */
export const beyond = 32;

/** The listener of a part of HAProxy behind {@link toldServer}; `fc_pp_unique_id` is the text that it receives. */
export function toldBind(socket: string): string {
  return `  bind unix@${socket} mode 600 accept-proxy`;
}

/** Id of the server that leads nowhere. */
const nowhereId = 999;

/**
 * The last server of a backend with one real server: HAProxy uses it at once when the real one cannot be connected.
 * It always accepts the connection, so that rules can reset the client.
 */
export function nowhereServer(layout: Layout): string[] {
  return [
    `  tcp-response content ${refusal} if { srv_id ${nowhereId} }`,
    `  server nowhere unix@${pathOf(layout, fileNames.nowhere)} id ${nowhereId}`,
  ];
}

/** Takes connections and holds them until the rules of {@link nowhereServer} end them. */
export function nowhere(layout: Layout): string[] {
  return [
    'frontend nowhere',
    `  bind unix@${pathOf(layout, fileNames.nowhere)} mode 600`,
    '  tcp-request inspect-delay 5s',
    '  tcp-request content reject if WAIT_END',
    '',
  ];
}

/** Tables that count: live connections by link, and refusals by reason and link. */
export function tables({ limits }: Layout): string[] {
  const size = Math.max(1_024, limits.files);
  return [
    'backend links',
    '  stick-table type string len 64 size 4k expire 1d store conn_cur,conn_cnt,bytes_in_cnt,bytes_out_cnt',
    '',
    'backend refusals',
    '  stick-table type string len 96 size 4k expire 1d store conn_cnt',
    '',
    'backend live',
    `  stick-table type string len 256 size ${size} expire 10s store conn_cur`,
    '',
  ];
}
