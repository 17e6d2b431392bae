import { connect } from 'node:net';

/** How a connection ended: with the UID that the other side told, or without one. */
export type End =
  { readonly kind: 'answered'; readonly uid: string } | { readonly kind: 'refused'; readonly why: string };

/** Milliseconds in which an answer must come; generous, since the machine may be busy. */
const patience = 20_000;

/** Dials, says nothing, and reads one line. Who accepts and closes has refused, too. */
export function dial(host: string, port: number): Promise<End> {
  return new Promise((resolve) => {
    let text = '';
    const refused = (why: string) => {
      resolve({ kind: 'refused', why });
      socket.destroy();
    };
    const socket = connect({ host, port }).setEncoding('utf8');
    socket.setTimeout(patience, () => refused('silent'));
    socket.on('error', (error: NodeJS.ErrnoException) => refused(error.code ?? error.message));
    socket.on('data', (part: string) => {
      text += part;
      if (!text.endsWith('\n')) return;
      resolve({ kind: 'answered', uid: text.trim() });
      socket.destroy();
    });
    socket.on('close', () => refused('closed without an answer'));
  });
}
