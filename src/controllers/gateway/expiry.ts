import { Gauge, type Registry } from 'prom-client';
import { ownNames } from '../../api/names.js';
import { readCertificates } from '../../pki/bundle.js';
import { roles } from '../../pki/profile.js';
import type { LocalCaches, Self } from '../caches.js';
import { leafSecrets } from './certificates.js';

/** The Secrets with the certificates, and the metrics for their expiry. */
export interface ExpiryOptions {
  readonly caches: Pick<LocalCaches, 'secrets'>;
  readonly self: Pick<Self, 'namespace'>;
  readonly registry: Registry;
}

/**
 * A metric with the end of our own certificates in seconds since 1970, computed at each scrape: one series for each
 * of the four Secrets that exists and can be read. Of the certificates in `tls.crt` the one that ends first counts.
 */
export function measureExpiry({ caches, self, registry }: ExpiryOptions): void {
  const names = [ownNames.ca, ...roles.map((role) => leafSecrets[role])];
  new Gauge({
    name: 'service_mirror_certificate_expiry_timestamp_seconds',
    help: 'When the certificates of a Secret of this cluster end.',
    labelNames: ['secret'],
    registers: [registry],
    collect() {
      this.reset();
      for (const name of names) {
        const end = endOf(caches.secrets.get(`${self.namespace}/${name}`)?.data?.['tls.crt']);
        if (end !== undefined) this.set({ secret: name }, end);
      }
    },
  });
}

function endOf(base64: string | undefined): number | undefined {
  try {
    const chain = readCertificates(Buffer.from(base64 ?? '', 'base64').toString());
    return Math.min(...chain.map(({ validToDate }) => validToDate.getTime())) / 1000;
  } catch {
    return undefined;
  }
}
