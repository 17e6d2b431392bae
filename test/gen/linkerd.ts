import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translateLink } from '../../src/migration/translate.js';

/** Fields of an object that nobody has checked. */
export type Fields = Record<string, unknown>;
/** A version of Linkerd's Link. */
export type Version = 'v1alpha1' | 'v1alpha2' | 'v1alpha3';

/** The identity of Linkerd's gateway. */
export const identity = 'linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local';
/** Linkerd's own selectors. */
export const exported = { matchLabels: { 'mirror.linkerd.io/exported': 'true' } };
export const discovered = { matchLabels: { 'mirror.linkerd.io/exported': 'remote-discovery' } };

/** What Linkerd's CLI prints for a cluster with a gateway. */
export const usual: Fields = {
  targetClusterName: 'paris',
  targetClusterDomain: 'cluster.local',
  clusterCredentialsSecret: 'cluster-credentials-paris',
  gatewayAddress: '203.0.113.7',
  gatewayPort: '4143',
  gatewayIdentity: identity,
  probeSpec: { path: '/ready', port: '4191', period: '3s', timeout: '2s', failureThreshold: '3' },
  selector: exported,
};

/** Linkerd's Link, with other fields; undefined leaves one out. */
export function linkerd(spec: Fields = {}, version: Version = 'v1alpha3', metadata: Fields = {}): Fields {
  const fields = Object.entries({ ...usual, ...spec }).filter(([, value]) => value !== undefined);
  return {
    apiVersion: `multicluster.linkerd.io/${version}`,
    kind: 'Link',
    metadata: { name: 'paris', namespace: 'linkerd-multicluster', ...metadata },
    spec: Object.fromEntries(fields),
  };
}

/** What it becomes: our Link, and the fields that remarks are about. */
export function linkOf(object: unknown) {
  const translated = translateLink(object);
  assert.ok(translated.ok, JSON.stringify(translated));
  const { link, remarks } = translated;
  return {
    link,
    spec: link.spec as unknown as Fields,
    remarks: remarks.map(({ field }) => field),
    said: remarks,
  };
}

/** Every Link that imports has a remark about this field. */
export const credentials = 'spec.clusterCredentialsSecret';

/** What the gateway and the imports of the usual Link become. */
export const gateway = { addresses: [{ host: '203.0.113.7', port: 4143 }], identity };
export const imports = { selector: exported, automatic: true, nameTemplate: '{service}-{cluster}' };

/** One case of a table. */
export interface Case {
  readonly from: Fields;
  /** What differs from the Link above. */
  readonly to: Fields;
  /** Which fields the remarks are about, besides the credentials. */
  readonly remarks?: readonly string[];
  readonly version?: Version;
  readonly metadata?: Fields;
}

/** Translates each case, and compares what differs from the usual Link. */
export function testCases(cases: Readonly<Record<string, Case>>): void {
  const { spec: before } = linkOf(linkerd());
  for (const [what, { from, to, remarks = [], version, metadata }] of Object.entries(cases))
    test(what, () => {
      const { spec, ...found } = linkOf(linkerd(from, version, metadata));
      const expected = Object.entries({ ...before, ...to }).filter(([, value]) => value !== undefined);
      assert.deepEqual(spec, Object.fromEntries(expected));
      assert.deepEqual(found.remarks.toSorted(), [...remarks, credentials].toSorted());
    });
}
