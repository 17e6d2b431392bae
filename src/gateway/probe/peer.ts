import { createHash } from 'node:crypto';
import { writeAddress } from '../../net/address.js';
import { get } from '../../net/get.js';
import { explainProbe, WrongAnswerError, type ProbeFailure } from '../../net/probe/failure.js';
import { peerPath } from '../../protocol/channel.js';
import { peerRequest, type PeerQuestion } from '../../protocol/peerrequest.js';
import { decodeReport, largestReport } from '../../protocol/report.js';
import type { PeerAnswer } from './answers.js';

/** One probe of one address of a peer's ingress gateway, with our egress gateway's own certificate. */
export interface PeerTarget extends PeerQuestion {
  /** The known answer; the new one has no body if nothing has changed. */
  readonly known?: PeerAnswer;
}

/**
 * Asks a peer's ingress gateway what we may reach, over a fresh connection of the same kind as traffic. An answer
 * proves the path, both certificates, and that the peer knows us. The signal limits its time.
 */
export async function probePeer(
  target: PeerTarget,
  signal: AbortSignal,
): Promise<{ readonly ok: true; readonly answer: PeerAnswer } | ProbeFailure> {
  const { ip, port } = target;
  try {
    return { ok: true, answer: await ask(target, signal) };
  } catch (error) {
    return explainProbe(signal.aborted ? signal.reason : error, writeAddress({ host: ip, port }));
  }
}

async function ask(target: PeerTarget, signal: AbortSignal): Promise<PeerAnswer> {
  const { known } = target;
  const { headers: own, ...request } = peerRequest(target, peerPath);
  const headersOf = { ...own, ...(known && { 'if-none-match': known.etag }) };
  const { status, headers, text } = await get({ ...request, headers: headersOf }, largestReport, signal);
  if (status === 304 && known !== undefined) return known;
  if (status === 200) {
    const digest = createHash('sha256').update(text).digest('base64');
    return { etag: headers.etag ?? '', digest, report: decodeReport(text) };
  }
  throw new WrongAnswerError(
    `the peer channel answered status ${status}: its gateway may be of another version`,
  );
}
