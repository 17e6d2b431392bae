import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { tokenBytes } from '../../protocol/dialpreface.js';
import type { Clock } from '../../runtime/clock.js';

/** Tokens that were given out and not used yet. */
export interface Tokens {
  /** A token of one use. @param use takes the connection that shows it @param late is called when none has in time */
  issue(use: (socket: Socket) => void, late: () => void): string;
  /** Hands a connection to whom its token was given out for; false: there is no such token. */
  redeem(token: string, socket: Socket): boolean;
  /** Takes one back. */
  revoke(token: string): void;
}

/** Milliseconds for which a token can be used. */
export const tokenLife = 15_000;

/** No tokens yet. */
export function createTokens(clock: Clock): Tokens {
  const open = new Map<string, { readonly use: (socket: Socket) => void; readonly cancel: () => void }>();

  function revoke(token: string): void {
    open.get(token)?.cancel();
    open.delete(token);
  }

  return {
    issue(use, late) {
      const token = randomBytes(tokenBytes).toString('hex');
      const cancel = clock.after(tokenLife, () => {
        open.delete(token);
        late();
      });
      open.set(token, { use, cancel });
      return token;
    },
    redeem(token, socket) {
      const found = open.get(token);
      revoke(token);
      found?.use(socket);
      return found !== undefined;
    },
    revoke,
  };
}
