import { request } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import type { Address } from '../net/address.js';
import { writeAddress } from '../net/address.js';
import { readableCas } from '../pki/bundle.js';
import { chainOf } from '../pki/chain.js';
import { pinnedCa } from '../pki/keypin.js';
import {
  decodeAnswer,
  decodeFacts,
  decodeRefusal,
  encodeRequest,
  invitationPath,
  inviteName,
  largestMessage,
  type InvitationAnswer,
  type InvitationRequest,
  type RefusedInvitation,
} from '../protocol/invitation.js';
import type { InviteCode } from '../protocol/invitecode.js';
import type { Clock } from '../runtime/clock.js';

/** An address at which a gateway has proved that it is the one of the code. */
export interface InviterConnection {
  readonly address: Address;
  /** The chain that it has shown: DER, leaf first. */
  readonly chain: readonly Buffer[];
  /** @throws RefusedError when the gateway refuses, LostError when there is no answer that can be read */
  ask(asked: Pick<InvitationRequest, 'act' | 'identity'>): Promise<InvitationAnswer>;
}

/** There was no answer; the request may have arrived. */
export class LostError extends Error {
  override readonly name = 'LostError';
}

/** The other cluster has refused, and said why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: RefusedInvitation['refusal'];

  constructor({ refusal, message }: RefusedInvitation) {
    super(`${message} (${refusal})`);
    this.refusal = refusal;
  }
}

/** Milliseconds for one request with its handshake. */
const timeout = 10_000;

/** What a server has shown, and answered. */
interface Answered {
  readonly chain: readonly Buffer[];
  readonly status: number;
  readonly text: string;
}

/**
 * Finds the gateway of a code: dials its addresses, asks for the CAs, and takes the first gateway whose certificate these and
 * the pins prove. Every later connection has to prove the same before anything is sent.
 *
 * @throws an Error that says what went wrong with each address
 */
export async function askInviter(code: InviteCode, clock: Clock): Promise<InviterConnection> {
  const failures: string[] = [];
  for (const address of code.addresses) {
    try {
      return await prove(code, address, clock);
    } catch (error) {
      failures.push(`${writeAddress(address)}: ${(error as Error).message}`);
    }
  }
  throw new Error(`the gateway of cluster ${code.cluster} was not reached: ${failures.join('; ')}`);
}

async function prove(code: InviteCode, address: Address, clock: Clock): Promise<InviterConnection> {
  const { cluster, pins, id, secret } = code;
  const { chain, status, text } = await send({ address, cluster, clock });
  const facts = status === 200 ? decodeFacts(text, new Date(clock.now())) : undefined;
  if (facts === undefined || 'problems' in facts)
    throw new Error(
      `it is no gateway that takes invitations${facts ? `: ${facts.problems.join('; ')}` : ''}`,
    );
  const offered = readableCas(facts.value.caBundle, new Date(clock.now()));
  const isProved = (shown: readonly Buffer[]) =>
    pinnedCa({ chain: shown, offered, pins, cluster, now: new Date(clock.now()) }) !== undefined;
  if (!isProved(chain))
    throw new Error(
      'its certificate does not stand under a CA with the fingerprint in the code: somebody else answers, or the CA was rotated',
    );
  return {
    address,
    chain,
    async ask({ act, identity }) {
      const body = encodeRequest({ id, secret, act, identity });
      const answered = await send({ address, cluster, clock, body, isProved });
      if (answered.status !== 200) {
        const refused = decodeRefusal(answered.text);
        throw refused ? new RefusedError(refused) : new LostError(`status ${answered.status}`);
      }
      const decoded = decodeAnswer(answered.text, new Date(clock.now()));
      if ('value' in decoded) return decoded.value;
      throw new LostError(`the answer cannot be read: ${decoded.problems.join('; ')}`);
    },
  };
}

/** One request over one connection. With a body, the server has to be proved before the body is sent. */
async function send({
  address,
  cluster,
  clock,
  body,
  isProved = () => true,
}: {
  readonly address: Address;
  readonly cluster: string;
  readonly clock: Clock;
  readonly body?: string;
  readonly isProved?: (chain: readonly Buffer[]) => boolean;
}): Promise<Answered> {
  const socket = connect({
    ...{ host: address.host, port: address.port, servername: inviteName(cluster) },
    // no CA is trusted: the pins of the code decide, below
    ...{ minVersion: 'TLSv1.3', rejectUnauthorized: false, ca: [] },
  });
  const cancel = clock.after(timeout, () =>
    socket.destroy(new Error(`no answer within ${timeout / 1000} s`)),
  );
  try {
    const chain = await handshake(socket);
    if (!isProved(chain)) throw new Error('another server answers now: nothing was sent');
    return { chain, ...(await exchange(socket, cluster, body)) };
  } catch (error) {
    throw error instanceof LostError ? error : new LostError(reasonOf(error as NodeJS.ErrnoException));
  } finally {
    cancel();
    socket.destroy();
  }
}

function handshake(socket: TLSSocket): Promise<readonly Buffer[]> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.once('secureConnect', () => resolve(chainOf(socket.getPeerCertificate(true))));
  });
}

function exchange(
  socket: TLSSocket,
  cluster: string,
  body: string | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('the connection was closed before an answer')));
    const outgoing = request(
      {
        ...{
          createConnection: () => socket,
          path: invitationPath,
          method: body === undefined ? 'GET' : 'POST',
        },
        headers: {
          ...{ host: inviteName(cluster), connection: 'close' },
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > largestMessage) return void socket.destroy(new Error('the answer is too long'));
          chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A reset right after the handshake is how gateways refuse a name that is not open. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ECONNRESET' || /closed|disconnected/.test(message)
    ? 'it closed the connection: the invitation may have ended or been used, or something in between does not let TLS through'
    : message;
}
