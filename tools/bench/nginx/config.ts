/** What both roles' configurations are made of. */
export interface Common {
  /** Path of the module that knows `stream`. */
  readonly module: string;
  /** As many as the gateways it is compared to have threads. */
  readonly workers: number;
  /** PEM file of our own certificate and key. */
  readonly own: string;
  /** PEM file of the CA that the other side must be under. */
  readonly ca: string;
}

/** TLS 1.3 suites, offered as our own gateways offer them. */
const suites = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** Ports lead to server names, as a map; all go to one address, whose certificate and name are checked. */
export function egressConfig(
  common: Common,
  to: {
    readonly listen: string;
    readonly ingress: string;
    readonly names: readonly string[];
    readonly first: number;
  },
): string {
  return stream(common, [
    'map $server_port $name {',
    ...to.names.map((name, at) => `  ${to.first + at} ${name};`),
    '}',
    'server {',
    `  listen ${to.listen} so_keepalive=on;`,
    `  proxy_pass ${to.ingress};`,
    '  proxy_socket_keepalive on;',
    '  proxy_ssl on;',
    '  proxy_ssl_protocols TLSv1.3;',
    `  proxy_ssl_conf_command Ciphersuites ${suites};`,
    '  proxy_ssl_session_reuse off;',
    `  proxy_ssl_certificate ${common.own};`,
    `  proxy_ssl_certificate_key ${common.own};`,
    '  proxy_ssl_verify on;',
    `  proxy_ssl_trusted_certificate ${common.ca};`,
    '  proxy_ssl_server_name on;',
    '  proxy_ssl_name $name;',
    '}',
  ]);
}

/**
 * Server name and caller together lead to a target. nginx has no word for the URI in a certificate: the caller is told
 * by issuer and subject, which costs it less than what our gateways do.
 */
export function ingressConfig(
  common: Common,
  to: {
    readonly listen: string;
    readonly target: string;
    readonly names: readonly string[];
    readonly caller: { readonly issuer: string; readonly subject: string };
  },
): string {
  return stream(common, [
    'map "$ssl_client_i_dn|$ssl_client_s_dn" $caller {',
    `  "${to.caller.issuer}|${to.caller.subject}" peer;`,
    '}',
    'map "$caller|$ssl_server_name" $target {',
    ...to.names.map((name) => `  "peer|${name}" ${to.target};`),
    '}',
    'server {',
    `  listen ${to.listen} ssl so_keepalive=on;`,
    '  ssl_protocols TLSv1.3;',
    `  ssl_conf_command Ciphersuites ${suites};`,
    '  ssl_session_cache off;',
    '  ssl_session_tickets off;',
    `  ssl_certificate ${common.own};`,
    `  ssl_certificate_key ${common.own};`,
    '  ssl_verify_client on;',
    `  ssl_client_certificate ${common.ca};`,
    '  proxy_pass $target;',
    '  proxy_socket_keepalive on;',
    '}',
  ]);
}

function stream({ module, workers }: Common, lines: readonly string[]): string {
  return [
    `load_module ${module};`,
    'daemon off;',
    'user root;',
    `worker_processes ${workers};`,
    'pid nginx.pid;',
    'error_log stderr error;',
    'events {',
    '  worker_connections 19000;',
    '}',
    'stream {',
    '  map_hash_max_size 65536;',
    '  map_hash_bucket_size 256;',
    '  proxy_connect_timeout 10s;',
    '  proxy_timeout 1d;',
    ...lines.map((line) => `  ${line}`),
    '}',
    '',
  ].join('\n');
}
