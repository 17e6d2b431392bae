import { createServer, type AddressInfo, type Socket } from 'node:net';
import { parsePreface, type Preface } from '../../protocol/dialpreface.js';
import type { Clock } from '../../runtime/clock.js';
import { createPace } from '../../runtime/pace.js';
import { sourceOf } from '../source.js';
import { socketOptions } from '../tcp/connect.js';
import { createHandshakes } from '../tcp/handshakes.js';
import { listening } from '../tcp/listening.js';

/** The port where peers' gateways dial in. */
export interface Port {
  /** Listens, or goes on listening. @throws an error that names the port */
  open(): Promise<void>;
  /** The port that is listened on; 0: none. */
  port(): number;
  /** Stops listening, and ends connections that have not said what they are. */
  close(): void;
}

/** How the port is kept. */
export interface PortOptions {
  readonly clock: Clock;
  readonly address?: string;
  readonly port: number;
  /** Takes a connection that has said what it is. `known` is to be called when it is known who has opened it. */
  readonly accept: (socket: Socket, preface: Preface, known: () => void) => void;
}

/** Milliseconds in which a connection must say what it is, and prove it. */
export const prefaceTimeout = 5_000;

/** Most connections of which it is not known who has opened them; one address has a fifth of them. */
const mostUnknown = 512;

/**
 * How many control connections of one address are looked at: for each we begin a handshake, which costs this process a
 * millisecond and the stranger nothing. Sixteen gateway pods behind one address open one a second.
 */
const controlRate = { burst: 128, everyMs: 50 };

/** A port that is not listened on yet. Whoever floods it finds no more room than {@link createHandshakes} leaves to one address. */
export function createPort({ clock, address, port, accept }: PortOptions): Port {
  const unknown = createHandshakes(clock, mostUnknown, prefaceTimeout / 5);
  const controls = createPace(controlRate, clock);
  const open = new Set<Socket>();

  /** Whether that may be looked at now. */
  function isInTime({ kind }: Preface, source: string): boolean {
    if (kind !== 'control') return true;
    if (controls.wait(source) > 0) return false;
    controls.spend(source);
    return true;
  }

  const server = createServer(socketOptions, (socket) => {
    socket.on('error', () => {});
    const source = sourceOf(socket.remoteAddress ?? '');
    const end = unknown.begin(source, () => void socket.destroy());
    if (end === undefined) return void socket.resetAndDestroy();
    open.add(socket);
    const cancel = clock.after(prefaceTimeout, () => void socket.destroy());
    const known = () => {
      cancel();
      end();
      open.delete(socket);
      socket.off('close', known);
    };
    socket.once('close', known);
    readPreface(socket, (preface) => {
      if (isInTime(preface, source)) accept(socket, preface, known);
      else socket.destroy();
    });
  });

  return {
    async open() {
      if (!server.listening) await listening(server, port, address);
    },
    port: () => (server.address() as AddressInfo | null)?.port ?? 0,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Reads what a connection says first; closes one that says something else. */
function readPreface(socket: Socket, onPreface: (preface: Preface) => void): void {
  let data = Buffer.alloc(0);
  const stop = () => socket.off('readable', look).off('end', gone);
  const gone = () => {
    stop();
    socket.destroy();
  };
  const look = () => {
    for (;;) {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      data = Buffer.concat([data, chunk]);
      const parsed = parsePreface(data);
      if (parsed.kind === 'broken') return gone();
      if (parsed.kind === 'partial') continue;
      stop();
      // the side that has dialled waits for an answer
      if (data.length > parsed.length) return gone();
      return onPreface(parsed.preface);
    }
  };
  socket.on('readable', look).once('end', gone);
}
