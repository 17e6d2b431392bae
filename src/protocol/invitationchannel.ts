import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answering } from '../runtime/answering.js';
import type { Clock } from '../runtime/clock.js';
import type { Log } from '../runtime/log.js';
import {
  decodeRequest,
  encodeAnswer,
  encodeFacts,
  encodeRefusal,
  invitationPath,
  invitationRefusals,
  largestMessage,
  type InvitationAnswer,
  type InvitationRequest,
  type InviterFacts,
  type RefusedInvitation,
} from './invitation.js';

/** Answers those who come with the code of an invitation. */
export interface Inviter {
  /** What everybody may know who asks; undefined: it is not known yet. */
  facts(): InviterFacts | undefined;
  /** Whether another request from that source may be read; each counts. @param source as connections are counted */
  mayAsk(source: string): boolean;
  /** Compares the secret and, if it is right, does what is asked. @param from the IP of the client */
  take(request: InvitationRequest, from: string): Promise<InvitationAnswer | RefusedInvitation>;
}

/** A stranger's connection. */
export interface Stranger {
  /** Its IP. */
  readonly ip: string;
  /** Under which it is counted with others. */
  readonly source: string;
}

/** Milliseconds that a stranger has for its request and for reading the answer. */
export const longestVisit = 10_000;

/**
 * Most strangers at once, and most of one source; and most connections that are held, where those that are done can wait
 * for strangers that do not leave.
 */
export const mostStrangers = { all: 16, ofSource: 4, held: 64 } as const;

/** Most bytes of a request's headers. */
const maxHeaderSize = 4_096;

/** HTTP inside connections whose client has shown no certificate that counts. */
export interface InvitationChannel {
  /** Takes an accepted connection over, or ends it if there are too many. */
  serve(socket: Socket, stranger: Stranger): void;
  /** Connections at present. */
  readonly size: number;
}

/**
 * Serves strangers. Nothing of a request is acted on before its secret is right, and what a stranger can use up is bounded:
 * connections in all and of one source, time, bytes, and requests. Every connection serves one request.
 */
export function createInvitationChannel(
  inviter: Inviter,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): InvitationChannel {
  const open = new Map<Socket, Stranger>();
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('connection', 'close');
    const stranger = open.get(request.socket);
    if (stranger === undefined) return void request.socket.destroy();
    if (request.url !== invitationPath) return void response.writeHead(404).end();
    if (request.method === 'GET') {
      const facts = inviter.facts();
      return facts === undefined
        ? send(response, {
            refusal: 'Unavailable',
            message: 'the gateway does not know its own identity yet',
          })
        : write(response, 200, encodeFacts(facts));
    }
    if (request.method !== 'POST') return void response.writeHead(405, { allow: 'GET, POST' }).end();
    if (!inviter.mayAsk(stranger.source))
      return send(response, { refusal: 'TooManyAttempts', message: 'too many requests: wait for a minute' });
    const text = await bodyOf(request);
    if (text === undefined)
      return send(response, { refusal: 'BadRequest', message: 'the request is too long' });
    const decoded = decodeRequest(text, new Date(clock.now()));
    if ('problems' in decoded)
      return send(response, { refusal: 'BadRequest', message: decoded.problems.join('; ').slice(0, 512) });
    const outcome = await inviter.take(decoded.value, stranger.ip);
    if ('refusal' in outcome) return send(response, outcome);
    write(response, 200, encodeAnswer(outcome));
  };
  const server = createServer(
    { keepAlive: false, maxHeaderSize },
    answering(respond, (error) => {
      log.error('an invitation could not be answered', { error });
      return 'failed';
    }),
  );
  // further requests of a connection are not answered, however many come in one packet
  server.maxRequestsPerSocket = 1;
  return {
    serve(socket, stranger) {
      const ofSource = [...open.values()].filter(({ source }) => source === stranger.source).length;
      if (open.size >= mostStrangers.all || ofSource >= mostStrangers.ofSource) return void socket.destroy();
      open.set(socket, stranger);
      const cancel = clock.after(longestVisit, () => socket.destroy());
      socket.once('close', () => {
        cancel();
        open.delete(socket);
      });
      server.emit('connection', socket);
    },
    get size() {
      return open.size;
    },
  };
}

function send(response: ServerResponse, refused: RefusedInvitation): void {
  write(response, invitationRefusals[refused.refusal], encodeRefusal(refused));
}

function write(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

/** The body; undefined when it is longer than any request, of which no more is read. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > largestMessage) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestMessage) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
