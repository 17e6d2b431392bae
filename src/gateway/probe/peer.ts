import { createHash } from 'node:crypto';
import { checkServerIdentity, type DetailedPeerCertificate } from 'node:tls';
import { writeAddress } from '../../net/address.js';
import { get } from '../../net/get.js';
import { judgedBundle } from '../../pki/bundle.js';
import { peerChannelName } from '../../protocol/serviceid.js';
import { identify, trustPeers, type IdentityRefusal } from '../../pki/verify.js';
import { chainOf } from '../../pki/chain.js';
import { peerPath, trustsHeader, writeTrusts } from '../../protocol/channel.js';
import { tlsOptions } from '../../pki/context.js';
import {
  explainProbe,
  WrongAnswerError,
  WrongIdentityError,
  type ProbeFailure,
} from '../../net/probe/failure.js';
import { decodeReport, largestReport } from '../../protocol/report.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { Peer } from '../../protocol/peer.js';
import type { PeerAnswer } from './answers.js';

/** One probe of one address of a peer's ingress gateway. */
export interface PeerTarget {
  readonly ip: string;
  readonly port: number;
  readonly peer: Pick<Peer, 'link' | 'cluster' | 'caBundle'>;
  /** Our egress gateway's own certificate. */
  readonly identity: KeyPair;
  /** Wall time in milliseconds, by which certificates are judged. */
  readonly now: number;
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
  const { ip, port, peer, identity, known } = target;
  const servername = peerChannelName(peer.cluster);
  const judged = judgedBundle(peer.caBundle, new Date(target.now));
  const { status, headers, text } = await get(
    {
      ...tlsOptions(identity, [judged]),
      ...{ host: ip, port, path: peerPath, servername, agent: false },
      headers: {
        host: servername,
        [trustsHeader]: writeTrusts(peer.caBundle),
        ...(known && { 'if-none-match': known.etag }),
      },
      checkServerIdentity: (_name, certificate) => identityProblem(certificate, target),
    },
    largestReport,
    signal,
  );
  if (status === 304 && known !== undefined) return known;
  if (status === 200) {
    const digest = createHash('sha256').update(text).digest('base64');
    return { etag: headers.etag ?? '', digest, report: decodeReport(text) };
  }
  throw new WrongAnswerError(
    `the peer channel answered status ${status}: its gateway may be of another version`,
  );
}

/** Name and SPIFFE ID must both be those of the peer's gateway, under that peer's own CA, as for traffic. */
function identityProblem(certificate: DetailedPeerCertificate, { peer, now }: PeerTarget): Error | undefined {
  const problem = checkServerIdentity(peerChannelName(peer.cluster), certificate);
  if (problem !== undefined) return problem;
  const found = identify(chainOf(certificate), trustPeers([peer], new Date(now)).trust, new Date(now));
  return 'refusal' in found ? new WrongIdentityError(identityMeanings[found.refusal]) : undefined;
}

const identityMeanings: Readonly<Record<IdentityRefusal, string>> = {
  NoCertificate: 'it shows no certificate',
  NoIdentity: 'its certificate does not name exactly one SPIFFE ID',
  UnknownPeer: "its certificate names another identity than the peer's gateway",
  WrongIssuer: 'its certificate is not under a CA that is known for this peer',
};
