import type { RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, type DetailedPeerCertificate } from 'node:tls';
import { WrongIdentityError } from '../net/probe/failure.js';
import { judgedBundle } from '../pki/bundle.js';
import { chainOf } from '../pki/chain.js';
import { tlsOptions } from '../pki/context.js';
import type { KeyPair } from '../pki/keypair.js';
import { identify, trustPeers, type IdentityRefusal } from '../pki/verify.js';
import { trustsHeader, writeTrusts } from './channel.js';
import type { Peer } from './peer.js';
import { peerChannelName } from './serviceid.js';

/** One question to the peer channel at one address of a peer's ingress gateway. */
export interface PeerQuestion {
  readonly ip: string;
  readonly port: number;
  /** A connection that leads there. @default a new one to that address */
  readonly socket?: Duplex;
  readonly peer: Pick<Peer, 'link' | 'cluster' | 'caBundle'>;
  /** Our own certificate. */
  readonly identity: KeyPair;
  /** Wall time in milliseconds, by which certificates are judged. */
  readonly now: number;
}

/**
 * The request for a path of the peer channel: over a fresh connection of the same kind as traffic, which only the peer's
 * gateway can accept. It also says which CAs of the peer we trust.
 *
 * @throws BundleError when the peer's CAs cannot be used
 */
export function peerRequest(question: PeerQuestion, path: string): RequestOptions {
  const { ip, port, socket, peer, identity, now } = question;
  const servername = peerChannelName(peer.cluster);
  return {
    ...tlsOptions(identity, [judgedBundle(peer.caBundle, new Date(now))]),
    ...{ host: ip, port, path, servername, agent: false },
    // node:tls begins its handshake over that one
    ...(socket !== undefined && { socket }),
    headers: { host: servername, [trustsHeader]: writeTrusts(peer.caBundle) },
    checkServerIdentity: (_name, certificate) => identityProblem(certificate, question),
  };
}

/** Name and SPIFFE ID must both be those of the peer's gateway, under that peer's own CA, as for traffic. */
function identityProblem(
  certificate: DetailedPeerCertificate,
  { peer, now }: PeerQuestion,
): Error | undefined {
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
