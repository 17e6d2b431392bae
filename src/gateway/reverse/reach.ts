import type { Socket } from 'node:net';
import { joined } from '../../protocol/dialpreface.js';
import type { Clock } from '../../runtime/clock.js';
import { nextBytes } from './bytes.js';
import type { Pool } from './pool.js';

/** How the peer is reached. */
export interface ReachOptions {
  readonly clock: Clock;
  /** Spares that are tried. @default 3 */
  readonly tries?: number;
  /** Milliseconds until a spare is doubted: a round trip, and the peer's connection to its own gateway. @default 1_500 */
  readonly patience?: number;
  /** Milliseconds for which a spare may be silent after its pod has answered over the control connection. @default 500 */
  readonly lag?: number;
}

/** Most bytes that a client says before it hears anything: its first message of TLS, at most one record. */
const mostSaid = 65_536;

/**
 * Takes a spare over which the peer answers. A spare may be dead although nobody knows: a NAT has forgotten it, or the peer
 * has ended it just now. Then the next one is told the same again, which is the client's first message of TLS alone: it
 * says more only when it has been answered.
 *
 * @returns the spare, which has got all that the client has said so far
 * @throws when the peer is not reached in time, or the signal's reason
 */
export async function reach(
  client: Socket,
  pool: Pick<Pool, 'take' | 'ask' | 'doubt'>,
  { clock, tries = 3, patience = 1_500, lag = 500 }: ReachOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const said: Buffer[] = [];
  let length = 0;
  let spare: Socket | undefined;
  const leaving = new AbortController();
  const both = AbortSignal.any([signal, leaving.signal]);
  const hear = (chunk: Buffer) => {
    said.push(chunk);
    length += chunk.length;
    spare?.write(chunk);
    if (length > mostSaid) leaving.abort(new Error('the client says too much before it is answered'));
  };
  /** A busy peer is slow to answer anything, so silence counts from when it has answered something else. */
  async function answerOf(one: Socket): Promise<Buffer | undefined> {
    const settled = new AbortController();
    const answer = nextBytes(one, { clock, most: 1 }, AbortSignal.any([both, settled.signal]));
    answer.catch(() => {});
    const silent = (async () => {
      await clock.sleep(patience, settled.signal);
      if (settled.signal.aborted || !(await pool.ask(one))) return undefined;
      await clock.sleep(lag, settled.signal);
      return 'dead' as const;
    })();
    try {
      const first = await Promise.race([answer, silent]);
      if (first !== 'dead') return first;
      pool.doubt(one);
      return undefined;
    } finally {
      settled.abort(new Error('it is settled'));
    }
  }

  client.on('data', hear);
  try {
    for (let count = 1; ; count++) {
      spare = await pool.take(both);
      for (const chunk of said) spare.write(chunk);
      const answer = await answerOf(spare);
      if (answer?.[0] === joined) {
        // nobody else will see that end
        if (client.readableEnded) spare.end();
        return spare;
      }
      spare.destroy();
      if (count === tries) throw new Error(`the peer has not answered over ${tries} connections`);
    }
  } finally {
    client.off('data', hear);
    client.pause();
  }
}
