import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { spiffeId } from '../../api/names.js';
import { answering } from '../../runtime/answering.js';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { keepRoom } from '../../runtime/room.js';
import { namesOf } from '../../pki/names.js';
import { tlsOptions } from '../../pki/context.js';
import { decodeQuery, type AppliedQuery } from '../../protocol/applied.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { Contact } from './contact.js';
import type { History } from './history.js';
import { tunnelling, type Through } from './through.js';

/** How an egress gateway reports its applied state to the operator. */
export interface AppliedServerOptions {
  readonly history: History;
  readonly contact: Contact;
  /** Our own cluster's name: only this cluster's operator is answered. */
  readonly cluster: string;
  readonly identity: KeyPair;
  /** Absent: all addresses. */
  readonly address?: string;
  readonly port: number;
  /** Carries a connection of the operator to the peer of a link that dials in. @default there is no such peer */
  readonly through?: Through;
  readonly clock: Clock;
  readonly log: Log;
}

/** A running server. */
export interface AppliedServer {
  readonly port: number;
  /** New connections use that certificate and those CAs; polls under way end as they began. */
  rotate(identity: KeyPair): void;
  close(): Promise<void>;
}

/** Serves the long poll over mutual TLS under our own CAs; rejects when the port is not available. */
export async function startAppliedServer(options: AppliedServerOptions): Promise<AppliedServer> {
  const { history, contact, cluster, clock, log } = options;
  const operator = spiffeId(cluster, 'operator');

  const server = createServer(
    { ...tlsOptions(options.identity, [options.identity.ca]), requestCert: true, rejectUnauthorized: true },
    answering(respond, (error) => {
      log.error('the applied state could not be told', { error });
      return 'failed';
    }),
  );

  /** The caller is checked first: nothing that a stranger has written is read. */
  function respond(request: IncomingMessage, response: ServerResponse): void {
    if (!isFrom(request, operator)) return refuse(response, 403, `only ${operator} may ask`);
    const query = decodeQuery(request.url);
    if (query === undefined || request.method !== 'GET') return refuse(response, 404, 'not here');
    const known = query.epoch === history.epoch ? query.since : 0;
    const { listed, share } = query;
    contact.begin({ version: known, listed, ...(share !== undefined && { share }) });
    response.once('close', () => contact.end(share));
    hold(query, response);
  }

  /** Answers at once when there is news, else when there is, else when the wait is over. */
  function hold(query: AppliedQuery, response: ServerResponse): void {
    const answer = () => {
      stopListening();
      cancel();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(history.since(query.epoch, query.since)));
    };
    const stopListening = history.onChange(answer);
    const cancel = clock.after(1_000 * query.wait, answer);
    response.once('close', () => {
      stopListening();
      cancel();
    });
    if (query.epoch !== history.epoch || query.since !== history.version || query.wait === 0) answer();
  }

  const known = keepRoom(server);
  const { through } = options;
  if (through !== undefined)
    server.on(
      'connect',
      tunnelling({ through, isOperator: (request) => isFrom(request, operator), onCarried: known, log }),
    );
  // those whose handshake is not done too, of which node:https knows nothing
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('tlsClientError', (error) => log.debug('a client of the applied state was refused', { error }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    rotate: (identity) => server.setSecureContext(tlsOptions(identity, [identity.ca])),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** The chain was checked by TLS; the one URI it names must be the operator's. */
function isFrom(request: IncomingMessage, operator: string): boolean {
  const certificate = (request.socket as TLSSocket).getPeerX509Certificate();
  const { uris } = certificate === undefined ? { uris: [] } : namesOf(certificate);
  return uris.length === 1 && uris[0] === operator;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${message}\n`);
}
