import type { TLSSocket } from 'node:tls';
import { catalogPath, largestLine } from '../../protocol/catalog.js';
import { peerChannelName } from '../../protocol/serviceid.js';
import { open } from '../../net/get.js';
import { noAnswerWithin, WrongIdentityError } from '../../net/probe/failure.js';
import { readableCas, writeBundle } from '../../pki/bundle.js';
import { chainOf } from '../../pki/chain.js';
import { tlsOptions } from '../../pki/context.js';
import { pinnedCa } from '../../pki/keypin.js';
import type { Clock } from '../../runtime/clock.js';
import { startDeadline } from '../../runtime/deadline.js';
import { lines } from '../../runtime/watch.js';
import { headIn, refusal, type CatalogQuestion } from './catalogstream.js';

/** A gateway of which only the fingerprint of its CA is known. */
export interface UnprovenGateway extends Omit<CatalogQuestion, 'peer' | 'since'> {
  readonly cluster: string;
  /** The pin of its CA. */
  readonly fingerprint: string;
}

/**
 * Takes the CA (PEM) of a gateway from its own words, and proves it: its key has the pin and has signed the certificate of
 * the server, and the handshake has shown that the server holds the key of that. Nothing else of the answer is used. A
 * server need not show its CA, so the head of its catalog names it.
 *
 * @throws WrongIdentityError when no CA has that pin
 */
export async function provenCa(
  { ip, port, identity, now, timeout, cluster, fingerprint }: UnprovenGateway,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const deadline = startDeadline(clock, timeout, signal, noAnswerWithin(timeout));
  const servername = peerChannelName(cluster);
  try {
    const answer = await open(
      {
        ...tlsOptions(identity, []),
        ...{ host: ip, port, path: catalogPath, servername, agent: false, headers: { host: servername } },
        rejectUnauthorized: false,
      },
      deadline.signal,
    );
    try {
      const chain = chainOf((answer.socket as TLSSocket).getPeerCertificate(true));
      const offered = answer.statusCode === 200 ? await offeredIn(answer, now) : [];
      const ca = pinnedCa({ chain, offered, pins: [fingerprint], cluster, now: new Date(now) });
      // it need not show its CA, and has not named any
      if (ca === undefined && answer.statusCode !== 200) throw refusal(answer.statusCode ?? 0);
      if (ca === undefined)
        throw new WrongIdentityError(
          'its certificate is under no CA with the fingerprint of spec.peer.fingerprint',
        );
      return writeBundle([ca]);
    } finally {
      answer.destroy();
    }
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    deadline.done();
  }
}

/** The CAs that the head of a catalog names. */
async function offeredIn(answer: AsyncIterable<Uint8Array>, now: number) {
  for await (const text of lines(answer, largestLine))
    return readableCas(headIn(text).caBundle, new Date(now));
  return [];
}
