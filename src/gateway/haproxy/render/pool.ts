import { refuse, toldBind, toldServer } from './common.js';
import { noTunnels } from './requests.js';
import { fileNames, type Layout, pathOf } from './layout.js';

/** The third field of a pooled route's entry in the map of routes. */
export const pooledMark = 'pooled';

const isPooled = `{ var(sess.route),field(3,|) -m str ${pooledMark} }`;

/**
 * Rules of the egress frontend that wait for the first bytes of a pooled connection: HTTP/2 with prior knowledge
 * shares a connection by itself, and is handled like all other connections (its preface begins with `PRI`, RFC 9113
 * section 3.4).
 */
export function sniffing({ limits }: Layout): string[] {
  const rule = '  tcp-request content';
  return [
    `  tcp-request inspect-delay ${limits.request}ms`,
    `${rule} set-var(sess.first) req.payload(0,3) if ${isPooled} { req.len ge 3 }`,
    // it could speak HTTP/2 later, and then be many requests at once
    ...refuse(
      { rule, reason: 'NoRequest', link: '%[var(sess.link)]' },
      `if ${isPooled} !{ var(sess.first) -m found }`,
    ),
  ];
}

/** Sends the connections of pooled routes to {@link readerBackend}. */
export const choosing = `  use_backend read-%[var(sess.link)] if ${isPooled} !{ var(sess.first) -m str PRI }`;

/** Leads to {@link poolSections}. There is one for each link, so that sessions show which one they call. */
export function readerBackend(link: string, layout: Layout): string[] {
  return [`backend read-${link}`, toldServer('requests', pathOf(layout, fileNames.pool)), ''];
}

/**
 * The part that reads the requests of pooled routes. As with HTTP exports, a header before the bytes gives the
 * target: `link|label`, because that header holds no more than 128 bytes.
 */
export function poolSections(layout: Layout): string[] {
  return [
    'frontend requests',
    '  mode http',
    toldBind(pathOf(layout, fileNames.pool)),
    '  option http-no-delay',
    // one request at a time: there are no more of them than connections
    '  option disable-h2-upgrade',
    `  timeout http-request ${layout.limits.request}ms`,
    '  timeout http-keep-alive 1d',
    ...noTunnels,
    '  http-request set-var(sess.label) fc_pp_unique_id,field(2,|)',
    '  use_backend pool-%[fc_pp_unique_id,field(1,|)]',
    '',
  ];
}

/**
 * Idle tunnels in addition to those that were in use recently. Without any, HAProxy closes a tunnel after each
 * request as soon as there are enough idle ones, whatever server name they have.
 */
const spare = 256;

/**
 * A backend whose connections are shared by the requests to one link, each connection for one server name: HAProxy
 * never mixes these. They speak HTTP/1.1, one request at a time, because on a shared HTTP/2 connection one client
 * that stops reading stops all.
 */
export function poolBackend({
  link,
  domain,
  common,
  isImpostor,
  servers,
  most,
}: {
  readonly link: string;
  readonly domain: string;
  readonly common: readonly string[];
  readonly isImpostor: string;
  readonly servers: readonly string[];
  /** Requests at once. */
  readonly most: number;
}): string[] {
  return [
    `backend pool-${link}`,
    '  mode http',
    ...common,
    '  option http-no-delay',
    '  option abortonclose',
    '  http-reuse always',
    `  http-request set-var(sess.name) var(sess.label),concat(.${domain})`,
    `  tcp-response content reject if ${isImpostor}`,
    ...servers.map((server) => `${server} maxconn ${most} pool-low-conn ${spare}`),
    '',
  ];
}
