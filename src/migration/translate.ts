import type { GatewayAddress, Imports, Link, LinkGateway, LinkSpec } from '../api/link.js';
import { cutName, keys } from '../api/names.js';
import { parseLink } from '../api/parse.js';
import { apiVersion, links } from '../api/resources.js';
import { importsFrom, unsoundSelectors } from './imports.js';
import { readLinkerdLink, type LinkerdLink, type LinkerdSpec } from './linkerdlink.js';
import { probeFrom, wholeNumber, type Findings, type Remark } from './probe.js';

export type { Remark } from './probe.js';

/** Our Link for one of Linkerd's, or each problem as `field: what to do`. */
export type Translated =
  | { readonly ok: true; readonly link: Link; readonly remarks: readonly Remark[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Longest name of a Link. */
const longestName = 40;

/** Which field of Linkerd's Link becomes a field of ours, so that a problem names what the user has written. */
const cameFrom: readonly (readonly [ours: string, theirs: string])[] = [
  ['metadata.name', 'spec.targetClusterName'],
  ['spec.clusterDomain', 'spec.targetClusterDomain'],
  ['spec.gateway.addresses', 'spec.gatewayAddress'],
  ['spec.gateway.identity', 'spec.gatewayIdentity'],
  ['spec.gateway.probe', 'spec.probeSpec'],
  ['spec.imports.excludedLabels', 'spec.excludedLabels'],
  ['spec.imports.excludedAnnotations', 'spec.excludedAnnotations'],
  ['spec.imports.nameTemplate', 'spec.targetClusterName'],
];

/**
 * Translates Linkerd's Link into ours: automatic mirrors of the same names, which lead to the same gateway. What has no equal
 * becomes a remark; what cannot be read is a problem.
 */
export function translateLink(object: unknown): Translated {
  const reading = readLinkerdLink(object);
  if (!reading.ok) return reading;
  const unsound = unsoundSelectors(reading.link.spec);
  if (unsound.length > 0) return { ok: false, problems: unsound };
  const findings: Findings = { remarks: [], problems: [] };
  const link = linkFrom(reading.link, findings);
  if (link === undefined || findings.problems.length > 0) return { ok: false, problems: findings.problems };
  const parsed = parseLink(link);
  if (!parsed.ok) return { ok: false, problems: parsed.problems.map(inTheirWords) };
  return { ok: true, link, remarks: findings.remarks };
}

function linkFrom(from: LinkerdLink, findings: Findings): Link | undefined {
  const { spec } = from;
  const { remarks } = findings;
  const names = namesFrom(from, findings);
  if (names === undefined) return undefined;
  remarkOnMetadata(from, findings);
  if (spec.targetClusterDomain === undefined)
    remarks.push({ field: 'spec.targetClusterDomain', text: 'unset; cluster.local is assumed' });
  if (spec.targetClusterLinkerdNamespace !== undefined)
    remarks.push({
      field: 'spec.targetClusterLinkerdNamespace',
      text: "only Linkerd's own checks use it; nothing takes its place",
    });
  const gateway = gatewayFrom(spec, findings);
  const taken = importsFrom(spec, gateway !== undefined, findings);
  const excluded = {
    ...(spec.excludedLabels !== undefined && { excludedLabels: [...spec.excludedLabels] }),
    ...(spec.excludedAnnotations !== undefined && { excludedAnnotations: [...spec.excludedAnnotations] }),
  };
  const imports = taken && {
    ...taken,
    ...(taken.automatic === true && { nameTemplate: names.template }),
    ...excluded,
  };
  if (imports !== undefined) remarkOnCredentials(from, names.link, findings);
  const ours: Partial<LinkSpec> = {
    ...(imports !== undefined && { credentialsSecretRef: { name: secretOf(names.link) } }),
    clusterDomain: spec.targetClusterDomain ?? 'cluster.local',
    transport: gateway === undefined ? 'gateway' : 'linkerd',
    ...(imports !== undefined && { imports: imports as unknown as Imports }),
    ...(gateway !== undefined && { gateway }),
  };
  return { apiVersion, kind: links.kind, metadata: { name: names.link }, spec: ours as LinkSpec };
}

/** The name of our Link, and of its mirrors, which keep the names that Linkerd gives them. */
function namesFrom(
  { name, spec: { targetClusterName: cluster } }: LinkerdLink,
  { remarks, problems }: Findings,
): { link: string; template: string } | undefined {
  const field = 'spec.targetClusterName';
  if (cluster === undefined || !/^[-a-z0-9]{0,62}[a-z0-9]$/.test(cluster)) {
    problems.push(
      `${field}: write the name with which the mirrors' names end: at most 63 lower-case letters, digits and '-', as in 'paris'`,
    );
    return undefined;
  }
  const link = linkName(cluster);
  if (name !== cluster)
    remarks.push({
      field: 'metadata.name',
      text: `the Link is named after ${field}, because the names of mirrors end with that`,
    });
  if (link === cluster) return { link, template: '{service}-{cluster}' };
  remarks.push({
    field,
    text: `no Link may have this name, so that it is "${link}" here; to adopt Services of Linkerd's, write that into their label: kubectl label services --all-namespaces --selector ${keys.clusterName}=${cluster} ${keys.clusterName}=${link} --overwrite`,
  });
  return { link, template: `{service}-${cluster}` };
}

/** A name that a Link may have. */
function linkName(cluster: string): string {
  if (cluster === 'local') return 'linkerd-local';
  return cutName([cluster.replace(/^-+/, '')], longestName);
}

function remarkOnMetadata({ version, metadata, ignored }: LinkerdLink, { remarks }: Findings): void {
  if (metadata.length > 0)
    remarks.push({
      field: 'metadata',
      text: `labels and annotations stay behind (${metadata.join(', ')}); write those that you need`,
    });
  for (const field of ignored)
    remarks.push({
      field: `spec.${field}`,
      text: `${version} has no such field, so that Linkerd ignores it`,
    });
}

/** The Secret of our Link. */
function secretOf(link: string): string {
  return `link-${link}`;
}

function remarkOnCredentials(
  { namespace, spec: { clusterCredentialsSecret: secret } }: LinkerdLink,
  link: string,
  { remarks }: Findings,
): void {
  const from =
    secret === undefined
      ? 'unset'
      : `Secret ${quoted(secret)}${namespace === '' ? '' : ` of namespace ${quoted(namespace)}`} has another type, and its account lacks rights that are needed here`;
  remarks.push({
    field: 'spec.clusterCredentialsSecret',
    text: `${from}; make Secret "${secretOf(link)}" in the operator's namespace, as "Link two clusters" in README.md says`,
  });
}

/** A foreign name within a message. */
function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 63));
}

function gatewayFrom(spec: LinkerdSpec, { remarks, problems }: Findings): LinkGateway | undefined {
  const hosts = [...new Set((spec.gatewayAddress ?? '').split(',').map(hostOf))].filter(
    (host) => host !== '',
  );
  if (hosts.length === 0) {
    const idle = (['gatewayPort', 'gatewayIdentity', 'probeSpec'] as const).filter(
      (field) => spec[field] !== undefined,
    );
    remarks.push({
      field: 'spec.gatewayAddress',
      text: `unset, so that Linkerd's proxies go to the remote pods; here such a Link takes transport gateway: install service-mirror in the other cluster, too, and export the Services there${idle.length === 0 ? '' : ` (${idle.join(', ')} stay behind)`}`,
    });
    return undefined;
  }
  if (spec.gatewayIdentity === undefined)
    problems.push(
      'spec.gatewayIdentity: write the identity of the gateway; in the other cluster, annotation mirror.linkerd.io/gateway-identity of Service linkerd-gateway holds it',
    );
  if (spec.gatewayPort === undefined)
    remarks.push({ field: 'spec.gatewayPort', text: 'unset; 4143 is assumed' });
  const at = { field: 'spec.gatewayPort', least: 1, most: 65_535, remarks, problems };
  const port = wholeNumber(spec.gatewayPort ?? '4143', at) ?? 4143;
  const probe = probeFrom(spec.probeSpec ?? {}, { remarks, problems });
  return {
    addresses: hosts.map((host): GatewayAddress => ({ host, port })),
    ...(spec.gatewayIdentity !== undefined && { identity: spec.gatewayIdentity }),
    ...(probe !== undefined && { probe: probe as LinkGateway['probe'] }),
  } as LinkGateway;
}

function hostOf(text: string): string {
  return text.trim().toLowerCase().replace(/\.$/, '');
}

function inTheirWords(problem: string): string {
  const renamed = cameFrom.find(
    ([ours]) => /^[.:[]/.test(problem.slice(ours.length)) && problem.startsWith(ours),
  );
  return renamed === undefined ? problem : `${renamed[1]}${problem.slice(renamed[0].length)}`;
}
