import type { LabelSelector } from '../api/objects.js';

/** Versions of Linkerd's Link, oldest first. */
const versions = ['v1alpha1', 'v1alpha2', 'v1alpha3'] as const;

/** A version of Linkerd's Link. */
export type LinkerdVersion = (typeof versions)[number];

const group = 'multicluster.linkerd.io';

/** How Linkerd probes the gateway; every value is a text there. */
export interface LinkerdProbe {
  readonly path?: string;
  readonly port?: string;
  readonly period?: string;
  readonly timeout?: string;
  readonly failureThreshold?: string;
}

/** The spec of Linkerd's Link, with the texts as somebody has written them; what was empty is left out. */
export interface LinkerdSpec {
  readonly targetClusterName?: string;
  readonly targetClusterDomain?: string;
  readonly targetClusterLinkerdNamespace?: string;
  readonly clusterCredentialsSecret?: string;
  readonly gatewayAddress?: string;
  readonly gatewayPort?: string;
  readonly gatewayIdentity?: string;
  readonly probeSpec?: LinkerdProbe;
  readonly selector?: LabelSelector;
  readonly remoteDiscoverySelector?: LabelSelector;
  readonly federatedServiceSelector?: LabelSelector;
  readonly excludedLabels?: readonly string[];
  readonly excludedAnnotations?: readonly string[];
}

/** Linkerd's Link as it was read. */
export interface LinkerdLink {
  readonly name: string;
  readonly namespace: string;
  readonly version: LinkerdVersion;
  readonly spec: LinkerdSpec;
  /** Labels and annotations that somebody has given it. */
  readonly metadata: readonly string[];
  /** Fields that this version does not have, so that Linkerd ignores them. */
  readonly ignored: readonly string[];
}

/** What was read, or each problem as `field: what to do`. */
export type LinkerdReading =
  | { readonly ok: true; readonly link: LinkerdLink }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Longest text in a field; the longest that makes sense is a list of 16 gateway addresses. */
const longest = 4_352;

/** Most names in a remark. */
const mostNames = 16;

type Read = (value: unknown, field: string, problems: string[]) => unknown;
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];
type Fields = Readonly<Record<string, unknown>>;

const probe: Readonly<Record<keyof LinkerdProbe, Read>> = {
  path: text,
  port: text,
  period: text,
  timeout: text,
  failureThreshold: text,
};

/** The fields of the spec, and the version that brought them. */
const spec: Readonly<Record<keyof LinkerdSpec, { readonly read: Read; readonly since?: LinkerdVersion }>> = {
  targetClusterName: { read: text },
  targetClusterDomain: { read: text },
  targetClusterLinkerdNamespace: { read: text },
  clusterCredentialsSecret: { read: text },
  gatewayAddress: { read: text },
  gatewayPort: { read: text },
  gatewayIdentity: { read: text },
  probeSpec: { read: probeOf },
  selector: { read: selector },
  remoteDiscoverySelector: { read: selector },
  federatedServiceSelector: { read: selector, since: 'v1alpha2' },
  excludedLabels: { read: texts, since: 'v1alpha3' },
  excludedAnnotations: { read: texts, since: 'v1alpha3' },
};

/** Annotations that tools write on every Link of Linkerd's. */
const ofTools = new Set(['linkerd.io/created-by', 'kubectl.kubernetes.io/last-applied-configuration']);

/**
 * Reads Linkerd's Link. Nobody has checked it: it may come from a file, and older CRDs of Linkerd take any text. Only known
 * fields are read, and each text anew.
 */
export function readLinkerdLink(object: unknown): LinkerdReading {
  const { apiVersion, kind, metadata, spec: given } = fieldsOf(object) ?? {};
  const version = versions.find((one) => apiVersion === `${group}/${one}`);
  if (kind !== 'Link' || version === undefined) {
    const known = versions.map((one) => `${group}/${one}`).join(', ');
    return { ok: false, problems: [`apiVersion, kind: write a Link of Linkerd's, with one of ${known}`] };
  }
  const problems: string[] = [];
  const meta = fieldsOf(metadata) ?? {};
  const name = text(meta['name'], 'metadata.name', problems) ?? '';
  const namespace = text(meta['namespace'], 'metadata.namespace', problems) ?? '';
  if (name === '' && problems.length === 0) problems.push('metadata.name: write the name of the Link');
  const fields = fieldsOf(given);
  if (fields === undefined) problems.push('spec: write an object');
  const read = Object.entries(spec)
    .filter(([, { since = 'v1alpha1' }]) => versions.indexOf(since) <= versions.indexOf(version))
    .map(([field, { read: one }]) => [field, one(own(fields, field), `spec.${field}`, problems)] as const);
  if (problems.length > 0) return { ok: false, problems };
  const has = new Set<string>(read.map(([field]) => field));
  return {
    ok: true,
    link: {
      ...{ name, namespace, version },
      spec: present(read),
      metadata: [...keysOf(meta['labels']), ...keysOf(meta['annotations'])].slice(0, mostNames),
      ignored: [
        ...ignoredOf(fields, (field) => has.has(field)),
        ...ignoredOf(own(fields, 'probeSpec'), (field) => Object.hasOwn(probe, field)).map(
          (field) => `probeSpec.${field}`,
        ),
      ].slice(0, mostNames),
    },
  };
}

function probeOf(value: unknown, field: string, problems: string[]): LinkerdProbe | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = fieldsOf(value);
  if (fields === undefined) {
    problems.push(`${field}: write an object`);
    return undefined;
  }
  return present(
    Object.entries(probe).map(([name, read]) => [
      name,
      read(own(fields, name), `${field}.${name}`, problems),
    ]),
  );
}

/** A text without blanks around it; Linkerd takes an empty one for none. Numbers are texts that lack their quotes. */
function text(value: unknown, field: string, problems: string[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  const written = typeof value === 'number' ? String(value) : value;
  if (typeof written !== 'string') problems.push(`${field}: write a text`);
  else if (written.length > longest) problems.push(`${field}: write at most ${longest} characters`);
  // it becomes part of messages
  else if (/\p{Cc}/u.test(written.trim())) problems.push(`${field}: write no control characters`);
  else return written.trim() === '' ? undefined : written.trim();
  return undefined;
}

function texts(value: unknown, field: string, problems: string[]): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) {
    problems.push(`${field}: write a list`);
    return undefined;
  }
  const read = value.flatMap((one, at) => text(one, `${field}[${at}]`, problems) ?? []);
  return read.length === 0 ? undefined : [...new Set(read)];
}

/**
 * A selector, every text written anew; the rules for ours check it later. An empty one selects nothing with Linkerd, like one
 * that is left out.
 */
function selector(value: unknown, field: string, problems: string[]): LabelSelector | undefined {
  if (value === undefined || value === null) return undefined;
  const { matchLabels, matchExpressions } = known(value, ['matchLabels', 'matchExpressions'], {
    field,
    problems,
  });
  const labels = labelsOf(matchLabels, `${field}.matchLabels`, problems);
  const expressions = requirementsOf(matchExpressions, `${field}.matchExpressions`, problems);
  if (Object.keys(labels).length === 0 && expressions.length === 0) return undefined;
  return {
    ...(Object.keys(labels).length > 0 && { matchLabels: labels }),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  };
}

function labelsOf(value: unknown, field: string, problems: string[]): Record<string, string> {
  if (value === undefined || value === null) return {};
  const fields = fieldsOf(value);
  if (fields === undefined) problems.push(`${field}: write labels as \`key: value\``);
  return Object.fromEntries(
    Object.entries(fields ?? {}).map(([key, one]) => [key, text(one, field, problems) ?? '']),
  );
}

function requirementsOf(value: unknown, field: string, problems: string[]): Requirement[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.push(`${field}: write a list`);
    return [];
  }
  return value.map((one, at) => {
    const about = `${field}[${at}]`;
    const { key, operator, values } = known(one, ['key', 'operator', 'values'], { field: about, problems });
    const read = texts(values, `${about}.values`, problems);
    return {
      key: text(key, `${about}.key`, problems) ?? '',
      operator: text(operator, `${about}.operator`, problems) ?? '',
      ...(read !== undefined && { values: read }),
    };
  });
}

/** The fields of a part of a selector: without one that is misspelt it would select more, so that one is a problem. */
function known(
  value: unknown,
  names: readonly string[],
  { field, problems }: { field: string; problems: string[] },
): Fields {
  const fields = fieldsOf(value);
  const isWrong = fields === undefined || Object.keys(fields).some((name) => !names.includes(name));
  if (isWrong) problems.push(`${field}: write only ${names.join(', ')}`);
  return isWrong ? {} : fields;
}

function ignoredOf(value: unknown, isKnown: (field: string) => boolean): string[] {
  return Object.keys(fieldsOf(value) ?? {})
    .filter((field) => !isKnown(field))
    .slice(0, mostNames)
    .map(shown);
}

function keysOf(value: unknown): string[] {
  return Object.keys(fieldsOf(value) ?? {})
    .filter((key) => !ofTools.has(key))
    .slice(0, mostNames)
    .map(shown);
}

/** A foreign name within a message. */
function shown(name: string): string {
  return name.replaceAll(/[^-\w./]/g, '?').slice(0, 64);
}

function present(entries: readonly (readonly [string, unknown])[]): Record<string, never> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, never>;
}

function own(fields: unknown, name: string): unknown {
  const found = fieldsOf(fields);
  return found !== undefined && Object.hasOwn(found, name) ? found[name] : undefined;
}

function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Fields;
}
