import { meshDomain, spiffeId } from '../api/names.js';

/** How far the clocks of issuers and verifiers of certificates may differ, in milliseconds. */
export const clockSkew = 5 * 60_000;

/** The processes of a cluster that hold a certificate. */
export type LeafRole = 'ingress' | 'egress' | 'operator';

/** Every role, in the order in which their leaves are issued. */
export const roles: readonly LeafRole[] = ['ingress', 'egress', 'operator'];

/**
 * Where certificates come from. `own`: the operator makes a CA and signs with it. `given`: it signs with a CA that somebody
 * puts into its Secret, and waits for that. `external`: somebody else writes the certificates themselves.
 */
export const certificateSources = ['own', 'given', 'external'] as const;

/** One of {@link certificateSources}. */
export type CertificateSource = (typeof certificateSources)[number];

/** Whether a text names one. */
export function isCertificateSource(text: string): text is CertificateSource {
  return certificateSources.some((source) => source === text);
}

/** The usages of a leaf (RFC 5280 section 4.2.1.12). */
export type Usage = 'serverAuth' | 'clientAuth';

/** The object identifiers of the usages (RFC 5280 section 4.2.1.12). */
export const usageIds: Readonly<Record<Usage, string>> = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};

/** The names and usages in a leaf certificate. */
export interface Profile {
  /** Never a host name: some verifiers use it when no SAN matches. */
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  readonly usages: readonly Usage[];
}

/** The DNS name of an egress gateway when it serves its applied state to the operator of its own cluster. */
export function egressName(cluster: string): string {
  return `egress.${meshDomain(cluster)}`;
}

/** The profile of the leaf of that role. */
export function profileOf(role: LeafRole, cluster: string): Profile {
  switch (role) {
    case 'ingress':
      return {
        commonName: 'gateway',
        dnsNames: [`*.${meshDomain(cluster)}`],
        uris: [spiffeId(cluster, 'gateway')],
        usages: ['serverAuth'],
      };
    case 'egress':
      return {
        commonName: 'gateway',
        dnsNames: [egressName(cluster)],
        uris: [spiffeId(cluster, 'gateway')],
        usages: ['clientAuth', 'serverAuth'],
      };
    case 'operator':
      return {
        commonName: 'operator',
        dnsNames: [],
        uris: [spiffeId(cluster, 'operator')],
        usages: ['clientAuth'],
      };
    default:
      return role satisfies never;
  }
}
