import { request } from 'node:http';
import { writeAddress } from '../address.js';
import { explainProbe, failed, type ProbeFailure } from './failure.js';

/** A probe of a gateway that says it is ready over plain HTTP. */
export interface HttpTarget {
  readonly ip: string;
  readonly port: number;
  /** With its leading slash. */
  readonly path: string;
}

/**
 * Asks Linkerd's multicluster gateway whether it is ready: a plain GET; only 200 means yes (the probe of Linkerd's
 * Link, `spec.probeSpec`). Each probe uses a new connection, and its signal bounds it.
 */
export async function probeHttp(
  target: HttpTarget,
  signal: AbortSignal,
): Promise<{ readonly ok: true } | ProbeFailure> {
  const { ip, port, path } = target;
  const where = `http://${writeAddress({ host: ip, port })}${path}`;
  try {
    const status = await statusOf(target, signal);
    return status === 200 ? { ok: true } : failed(`${where} answered status ${status}; only 200 means ready`);
  } catch (error) {
    return explainProbe(signal.aborted ? signal.reason : error, where);
  }
}

function statusOf({ ip, port, path }: HttpTarget, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: ip, port, path, signal, agent: false }, (response) => {
      resolve(response.statusCode);
      // the body does not matter, and must not keep the connection open
      response.destroy();
    });
    // after an upgrade without a request for it, there is neither an answer nor an error
    outgoing.on('close', () => reject(new Error('closed the connection without an answer')));
    outgoing.on('error', reject).end();
  });
}
