import type { Log } from '../../runtime/log.js';
import { hasCas, hasCertificate, replaceCas, replaceCertificate } from './certificates.js';
import type { Rendered } from './render/layout.js';
import { CommandError, type Worker } from './runtime.js';

/** The certificates that a worker is known to have. */
export interface WorkerCredentials {
  /** Undefined: not known. */
  certificate: string | undefined;
  /** Texts of CAs by path; unknown ones are absent. */
  readonly cas: Map<string, string>;
  /**
   * What the worker has received since it began; it accepts more of that kind only. A certificate after CAs has no
   * effect although HAProxy says `Success`, and CAs after a certificate may crash it. `unknown`: it accepts neither.
   */
  given: 'nothing' | 'cas' | 'certificate' | 'unknown';
}

/** The credentials of a worker that has just read its files. */
export function freshCredentials({ certificate, bundles }: Rendered): WorkerCredentials {
  const cas = new Map(bundles.map(({ path, text }) => [path, text]));
  return { certificate: certificate.text, cas, given: 'nothing' };
}

/** The credentials of a worker from before. */
export function unknownCredentials(): WorkerCredentials {
  return { certificate: undefined, cas: new Map(), given: 'unknown' };
}

/**
 * Sends a running worker what it accepts; our certificate comes before CAs, which may wait.
 *
 * @returns the files of what takes a reload
 * @throws CommandError when HAProxy does not take the certificate, or SocketError
 */
export async function bringCredentials(
  worker: Worker,
  has: WorkerCredentials,
  { wanted: { certificate, bundles }, log }: { wanted: Rendered; log: Log },
): Promise<readonly string[]> {
  const missing: string[] = [];
  if (has.certificate === undefined && (await hasCertificate(worker, certificate)))
    has.certificate = certificate.text;
  if (has.certificate !== certificate.text) {
    if (has.given === 'nothing' || has.given === 'certificate') {
      has.certificate = undefined;
      has.given = 'certificate';
      await replaceCertificate(worker, certificate);
      has.certificate = certificate.text;
    } else missing.push(certificate.path);
  }
  for (const cas of bundles) {
    if (has.cas.get(cas.path) === cas.text) continue;
    const isThere = !has.cas.has(cas.path) && (await hasCas(worker, cas));
    if (!isThere) {
      if (has.given !== 'nothing' && has.given !== 'cas') {
        missing.push(cas.path);
        continue;
      }
      has.cas.delete(cas.path);
      has.given = 'cas';
      try {
        await replaceCas(worker, cas);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        log.warn('haproxy takes these CAs by a reload alone', { error: error.message });
        has.given = 'unknown';
        missing.push(cas.path);
        continue;
      }
    }
    has.cas.set(cas.path, cas.text);
  }
  return missing;
}
