import { parse } from 'yaml';
import {
  CredentialsError,
  expiryOf,
  type ConnectionConfig,
  type ConnectionCredentials,
} from './connection.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Fields with which the writer of the Secret could run a program, read a file or redirect traffic in our pod, and
 * what to write in their place.
 */
const refused: Readonly<Record<'cluster' | 'user', Readonly<Record<string, string>>>> = {
  cluster: {
    'certificate-authority': 'put the PEM itself, base64, into certificate-authority-data',
    'proxy-url': 'proxies are not supported; give an address that can be reached directly',
  },
  user: {
    exec: 'programs are not run for a remote cluster; use a token or a client certificate',
    'auth-provider': 'auth providers are not supported; use a token or a client certificate',
    tokenFile: 'put the token itself into token',
    'token-file': 'put the token itself into token',
    'client-certificate': 'put the PEM itself, base64, into client-certificate-data',
    'client-key': 'put the PEM itself, base64, into client-key-data',
    username: 'API servers know no passwords; use a token or a client certificate',
    password: 'API servers know no passwords; use a token or a client certificate',
    as: 'impersonation is not supported; use a token of that identity',
    'as-uid': 'impersonation is not supported; use a token of that identity',
    'as-groups': 'impersonation is not supported; use a token of that identity',
    'as-user-extra': 'impersonation is not supported; use a token of that identity',
  },
};

/**
 * Reads a kubeconfig from a Secret, which must not reach into this machine: exec plugins, auth providers, file paths,
 * proxies and plain HTTP are refused. Only the cluster and the user of the current context count; other entries are
 * ignored and never used.
 *
 * @throws CredentialsError that names the field and what to write in its place
 */
export function parseRemote(kubeconfig: string): ConnectionConfig {
  const root = fields(parseYaml(kubeconfig), 'kubeconfig');
  const name = root['current-context'];
  if (typeof name !== 'string' || name === '')
    throw new CredentialsError('current-context', 'missing; name the context to use');
  const entry = named(root, 'contexts', name);
  if (entry === undefined)
    throw new CredentialsError('current-context', 'names no context of this kubeconfig');
  const context = fields(entry['context'], 'contexts[].context');
  const cluster = named(root, 'clusters', context['cluster']);
  if (cluster === undefined)
    throw new CredentialsError('contexts[].context.cluster', 'names no cluster of this kubeconfig');
  const user = named(root, 'users', context['user']);
  if (user === undefined)
    throw new CredentialsError('contexts[].context.user', 'names no user of this kubeconfig');
  return connection({ context, cluster: contentOf(cluster, 'cluster'), user: contentOf(user, 'user') });
}

function connection({
  context,
  cluster,
  user,
}: Record<'context' | 'cluster' | 'user', Fields>): ConnectionConfig {
  const server = serverOf(cluster['server']);
  const ca = pem(cluster['certificate-authority-data'], 'clusters[].cluster.certificate-authority-data');
  const serverName = text(cluster['tls-server-name'], 'clusters[].cluster.tls-server-name');
  const cert = pem(user['client-certificate-data'], 'users[].user.client-certificate-data');
  const key = pem(user['client-key-data'], 'users[].user.client-key-data');
  const token = text(user['token'], 'users[].user.token');
  const namespace = text(context['namespace'], 'contexts[].context.namespace');
  if ((cert === undefined) !== (key === undefined))
    throw new CredentialsError('users[].user', 'client-certificate-data and client-key-data go together');
  if (token === undefined && cert === undefined)
    throw new CredentialsError('users[].user', 'holds neither a token nor a client certificate');

  const expires = expiryOf({ cert, token });
  const credentials: ConnectionCredentials = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  };
  return {
    server,
    verified: cluster['insecure-skip-tls-verify'] !== true,
    ...(serverName !== undefined && { serverName }),
    ...(expires !== undefined && { expires }),
    ...(namespace !== undefined && { namespace }),
    load: () => Promise.resolve(credentials),
  };
}

function parseYaml(kubeconfig: string): unknown {
  try {
    return parse(kubeconfig);
  } catch {
    // the parser quotes the text with the error, which may be a token
    throw new CredentialsError('kubeconfig', 'is not YAML');
  }
}

function fields(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new CredentialsError(field, 'expected a mapping');
}

/** The entry of that name; the first one of several, as in kubectl. An entry without a name is never meant. */
function named(root: Fields, list: string, name: unknown): Fields | undefined {
  const value = root[list];
  if (!Array.isArray(value) || value.length === 0)
    throw new CredentialsError(list, 'expected a list with an entry');
  const entries = value.map((entry) => fields(entry, `${list}[]`));
  return entries.find((entry) => name !== undefined && entry['name'] === name);
}

/** The fields of an entry; none of them is refused. */
function contentOf(entry: Fields, kind: 'cluster' | 'user'): Fields {
  const content = fields(entry[kind] ?? {}, `${kind}s[].${kind}`);
  for (const [field, fix] of Object.entries(refused[kind]))
    if (content[field] !== undefined && content[field] !== null && content[field] !== '')
      throw new CredentialsError(`${kind}s[].${kind}.${field}`, fix);
  return content;
}

function serverOf(server: unknown): string {
  const field = 'clusters[].cluster.server';
  if (typeof server !== 'string' || !URL.canParse(server))
    throw new CredentialsError(field, 'expected https://host:port');
  const url = new URL(server);
  if (url.protocol !== 'https:')
    throw new CredentialsError(field, 'use https: over plain HTTP anyone could read the token');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new CredentialsError(field, 'expected https://host:port and perhaps a path');
  return server.replace(/\/$/, '');
}

function text(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || /\s/.test(value.trim()))
    throw new CredentialsError(field, 'expected one word');
  return value.trim();
}

function pem(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const decoded = typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
  if (!decoded.includes('-----BEGIN ')) throw new CredentialsError(field, 'expected PEM, base64-encoded');
  return decoded;
}
