import type { Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.js';
import { decodeDial, encodeDial, longestLine, type DialMessage } from '../../protocol/dialcontrol.js';

/** One side of a control connection. */
export interface Conversation {
  send(message: DialMessage): void;
  /** Ends it, with the reason that {@link ConversationOptions.onClose} is told. */
  close(reason: string): void;
}

/** How a conversation is held. */
export interface ConversationOptions {
  readonly clock: Clock;
  /** Milliseconds without a message after which the other side counts as gone. */
  readonly silence: number;
  readonly onMessage: (message: DialMessage) => void;
  /** Called once. */
  readonly onClose: (reason: string) => void;
}

/** Most bytes that wait for a side which does not read. */
const mostWaiting = 256 * 1024;

/** Most messages in a second; a busy pool needs a few hundred. */
const mostMessages = 1_000;

/**
 * Speaks lines of JSON over a connection whose other side is known. What is no message, comes in a flood, is not read or
 * does not come for too long ends it.
 */
export function converse(
  socket: Socket,
  { clock, silence, onMessage, onClose }: ConversationOptions,
): Conversation {
  let pending = '';
  let closed = false;
  let cancelSilence = () => {};
  let second = -Infinity;
  let messages = 0;

  function close(reason: string): void {
    if (closed) return;
    closed = true;
    cancelSilence();
    socket.destroy();
    onClose(reason);
  }

  function heard(): void {
    cancelSilence();
    cancelSilence = clock.after(silence, () => close(`nothing was heard for ${silence} ms`));
  }

  function take(line: string): void {
    const now = clock.monotonic();
    if (now - second >= 1_000) [second, messages] = [now, 0];
    if (++messages > mostMessages) return close('it sends too many messages');
    try {
      const message = decodeDial(line);
      heard();
      if (message !== undefined) onMessage(message);
    } catch (error) {
      close(`it sends what is no message: ${(error as Error).message}`);
    }
  }

  function read(chunk: string): void {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) if (!closed) take(line);
    if (pending.length > longestLine) close('it sends a line that is too long');
  }

  socket.setEncoding('utf8');
  socket.on('data', read);
  socket.on('error', (error) => close(error.message));
  socket.once('end', () => close('the other side has ended it'));
  socket.once('close', () => close('the connection is gone'));
  heard();
  if (socket.destroyed) close('the connection is gone');

  return {
    close,
    send(message) {
      if (closed) return;
      socket.write(encodeDial(message));
      if (socket.writableLength > mostWaiting) close('the other side does not read');
    },
  };
}
