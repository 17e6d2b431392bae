import { apiVersion } from '../../../src/api/resources.js';
import { asWritten } from '../../driver/written.js';
import { aLink, aMirror, withSpec } from '../../gen/gen.js';

/** An object as a user would write it. */
export interface Written {
  readonly apiVersion: string;
  readonly kind: 'Link' | 'ServiceMirror' | 'Invitation';
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
export function linkOf(spec: unknown, name = 'paris'): Written {
  return asWritten(aLink(name, withSpec(spec)), 'default') as Written;
}

/** A ServiceMirror that is right but for the fields given; `undefined` takes a field away. */
export function mirrorOf(fields: Record<string, unknown> = {}): Written {
  const spec = { cluster: 'cluster-a', service: { name: 'hello', namespace: 'default' }, ...fields };
  return asWritten(aMirror('hello-mirror', withSpec(spec)), 'default') as Written;
}

/** An Invitation that is right but for the fields given. */
export function invitationOf(fields: Record<string, unknown> = {}, name = 'london-4f2a9c1e'): Written {
  const spec = { link: 'london', secretHash: 'ab'.repeat(32), expires: '2026-03-01T12:15:00Z', ...fields };
  return { apiVersion, kind: 'Invitation', metadata: { name }, spec };
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
