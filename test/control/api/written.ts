import { apiVersion } from '../../../src/api/resources.js';

/** An object as a user would write it. */
export interface Written {
  readonly apiVersion: string;
  readonly kind: 'Link' | 'ServiceMirror';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

/** An object that must be refused, and what the refusal must say. */
export interface BadObject {
  readonly object: Written;
  /** The field that is wrong. */
  readonly field: string;
  /** What to do about it. */
  readonly fix: RegExp;
  /** `api server`: only it can tell (unknown fields, names of objects); by default the parser refuses too. */
  readonly refusedBy?: 'api server';
}

/** A Link of that spec. */
export function aLink(spec: unknown, name = 'paris'): Written {
  return { apiVersion, kind: 'Link', metadata: { name }, spec };
}

/** A ServiceMirror that is right but for the fields given; `undefined` takes a field away. */
export function aMirror(fields: Record<string, unknown> = {}): Written {
  return {
    apiVersion,
    kind: 'ServiceMirror',
    metadata: { name: 'hello-mirror', namespace: 'default' },
    spec: { cluster: 'cluster-a', service: { name: 'hello', namespace: 'default' }, ...fields },
  };
}

/** A Link's reference to its credentials. */
export const credentialsSecretRef = { name: 'link-paris' };
/** What passes for a certificate by its look. */
export const certificate = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';
/** Addresses of a remote gateway. */
export const addresses = [{ host: '192.0.2.1' }];
/** Identity of a remote Linkerd gateway. */
export const identity = 'linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local';
/** Labels that select something. */
export const labels = { app: 'web' };
