import { isIP } from 'node:net';
import { millisecondsOf } from '../api/duration.js';
import { keyOrPrefix } from '../api/formats.js';
import { maxShares } from '../api/shares.js';
import { implementationNames } from '../gateway/implementations.js';
import { mayRun } from './haproxyversion.js';
import {
  haproxyBuilds,
  haproxyImageOf,
  imageOf,
  type Gateways,
  type Install,
  type Service,
} from './install.js';

/** Environment variables that `cdk8s synth` reads; all may be absent. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The choices of an installation, out of the environment of `cdk8s synth`.
 *
 * @throws an Error that names the variable and what it may hold
 */
export function readInstall(env: Environment, version: string): Install {
  return {
    namespace: 'service-mirror',
    version,
    image: readImage(env, version),
    apiServerPorts: list(env, 'API_SERVER_PORTS', ports, '443,6443').map(Number),
    mirrorNamespaces: Object.fromEntries(
      list(env, 'MIRROR_NAMESPACES', labels).map((label) => label.split('=') as [string, string]),
    ),
    shares: readShares(env),
    createNamespaces: oneOf(env, 'CREATE_NAMESPACES', ['false', 'true']) === 'true',
    gateways: readGateways(env),
    service: readService(env),
  };
}

function readShares(env: Environment): number {
  const form = {
    check: (text: string) => /^\d$/.test(text) && Number(text) >= 1 && Number(text) <= maxShares,
  };
  return Number(read(env, 'OPERATOR_SHARES', '1', { ...form, hint: `a number from 1 to ${maxShares}` }));
}

/** The one image of all our own roles. */
function readImage(env: Environment, version: string): string {
  const prefix = readPrefix(env);
  const built = imageOf(version, prefix);
  const image = read(env, 'OPERATOR_IMAGE', built, imageLike(built));
  if (prefix !== '' && image !== built)
    throw new Error('OPERATOR_IMAGE: it is a whole name, IMAGE_PREFIX a part of one; set only one of them');
  return image;
}

function readPrefix(env: Environment): string {
  return read(env, 'IMAGE_PREFIX', '', {
    check: (text) => /^([a-z0-9][\w.-]*(:\d{1,5})?(\/[a-z0-9][\w.-]*)*\/?)?$/.test(text),
    hint: 'a registry and perhaps a path in it, like registry.example.com/team',
  });
}

function readHaproxyImage(env: Environment): string {
  const build = oneOf(env, 'HAPROXY_BUILD', haproxyBuilds);
  const named = haproxyImageOf(build, readPrefix(env));
  const image = read(env, 'HAPROXY_IMAGE', named, imageLike(haproxyImageOf('stock')));
  if (build !== 'stock' && image !== named)
    throw new Error('HAPROXY_IMAGE: it is a whole name, and HAPROXY_BUILD chooses one; set only one of them');
  if (mayRun(image)) return image;
  throw new Error(`HAPROXY_IMAGE: "${image}" is too old; choose HAProxy 3.0.11, 3.1.8 or newer`);
}

const imageLike = (example: string): Form => ({
  check: (text) => /^[a-z0-9][\w.:/-]*(@sha256:[0-9a-f]{64})?$/.test(text),
  hint: `an image like ${example}, by tag, or by digest as in ${example}@sha256:<64 hex digits>`,
});

function readGateways(env: Environment): Gateways {
  const most = read(env, 'MAX_CONNECTIONS', '', {
    check: (text) => /^([1-9]\d{0,8})?$/.test(text),
    hint: 'a number of at least 1',
  });
  return {
    implementation: oneOf(env, 'GATEWAY_IMPLEMENTATION', implementationNames),
    haproxyImage: readHaproxyImage(env),
    ...(most !== '' && { maxConnections: Number(most) }),
    leaveSeconds: seconds(env, 'LEAVE_TIMEOUT', '60s'),
    drainSeconds: seconds(env, 'DRAIN_TIMEOUT', '30s'),
    proxyProtocolFrom: list(env, 'PROXY_PROTOCOL_FROM', ranges),
  };
}

function readService(env: Environment): Service {
  const type = oneOf(env, 'INGRESS_SERVICE_TYPE', ['LoadBalancer', 'NodePort', 'ClusterIP']);
  const policy = oneOf(env, 'INGRESS_TRAFFIC_POLICY', ['Cluster', 'Local']);
  const sourceRanges = list(env, 'INGRESS_SOURCE_RANGES', ranges);
  // combinations that the API server would refuse or ignore
  if (type === 'ClusterIP' && policy === 'Local')
    throw new Error('INGRESS_TRAFFIC_POLICY: a Service of type ClusterIP has none; choose another type');
  if (type !== 'LoadBalancer' && sourceRanges.length > 0)
    throw new Error(`INGRESS_SOURCE_RANGES: only a Service of type LoadBalancer has them, this is ${type}`);
  const addresses = { check: (text: string) => isIP(text) !== 0, hint: 'IP addresses, split by commas' };
  return {
    type,
    externalTrafficPolicy: policy,
    sourceRanges,
    externalIPs: list(env, 'INGRESS_EXTERNAL_IPS', addresses),
    annotations: readAnnotations(env),
  };
}

function readAnnotations(env: Environment): Readonly<Record<string, string>> {
  const text = read(env, 'INGRESS_ANNOTATIONS', '{}', {
    check: (value) => isAnnotations(parsed(value)),
    hint: 'a JSON object of strings by annotation keys, like {"example.com/internal": "true"}',
  });
  return parsed(text) as Record<string, string>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAnnotations(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, item]) => typeof item === 'string' && isKey(key));
}

/** The check of a value, and the text that explains it. */
interface Form {
  readonly check: (text: string) => boolean;
  readonly hint: string;
}

const ranges: Form = {
  hint: 'address ranges like 10.0.0.0/8 or 2001:db8::/32, split by commas',
  check(text) {
    const [, address = '', length = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
    return { 4: Number(length) <= 32, 6: Number(length) <= 128 }[isIP(address)] ?? false;
  },
};

const labels: Form = {
  hint: 'labels like mirrors=allowed, split by commas',
  check(text) {
    const [key = '', value = '', ...more] = text.split('=');
    return more.length === 0 && isKey(key) && /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(value);
  },
};

const isKey = (text: string) => keyOrPrefix.pattern.test(text) && !text.endsWith('*');

const ports: Form = {
  hint: 'port numbers like 443,6443, split by commas',
  check: (text) => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535,
};

/** The value of a variable; an empty one counts as absent. */
function read(env: Environment, name: string, fallback: string, { check, hint }: Form): string {
  const text = env[name]?.trim() || fallback;
  if (!check(text)) throw new Error(`${name}: "${text}" is not ${hint}`);
  return text;
}

/** The first is the default. */
function oneOf<T extends string>(env: Environment, name: string, all: readonly [T, ...T[]]): T {
  const hint = `one of ${all.join(', ')}`;
  return read(env, name, all[0], { check: (text) => all.includes(text as T), hint }) as T;
}

function list(env: Environment, name: string, form: Form, fallback = ''): readonly string[] {
  const items = (env[name]?.trim() || fallback).split(',').map((item) => item.trim());
  return items.filter((item) => item !== '').map((item) => read({ [name]: item }, name, '', form));
}

function seconds(env: Environment, name: string, fallback: string): number {
  const form = /^(\d{1,5})(s|m)$/;
  const text = read(env, name, fallback, {
    check: (value) => form.test(value),
    hint: 'a duration like 30s or 15m',
  });
  return millisecondsOf(text) / 1_000;
}
