import type { Socket } from 'node:net';
import type { Clock } from '../../../src/runtime/clock.js';

/** One side of a connection: what is read and written, and the TCP socket below, which alone can be reset. */
export interface End {
  readonly stream: Socket;
  readonly below: Socket;
}

/** Ends one side so that it is not taken for the end of the data. What is being shut down already ends by itself. */
export function reset({ stream, below }: End): void {
  const isEnding = stream.writableEnded && !stream.writableFinished && stream.writableLength === 0;
  if (!below.destroyed) below[isEnding ? 'destroy' : 'resetAndDestroy']();
}

/** Carries bytes both ways until both sides have ended; what fails on one side resets the other. */
export function carry(one: End, other: End): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.stream.on('error', () => reset(to));
    from.stream.once('close', () => {
      const { errored, readableEnded, writableFinished } = from.stream;
      if (errored !== null || !readableEnded || !writableFinished) reset(to);
    });
    from.stream.pipe(to.stream);
  }
}

/** Live connections by what they were let in for. */
export class Live<Right> {
  readonly #all = new Map<End, Right>();

  get size(): number {
    return this.#all.size;
  }

  add(end: End, right: Right): void {
    this.#all.set(end, right);
    end.stream.once('close', () => this.#all.delete(end));
  }

  cut(isOver: (right: Right) => boolean): void {
    for (const [end, right] of this.#all) if (isOver(right)) reset(end);
  }

  /** Waits for their end at most so long, then cuts what is left. */
  async drain(graceMs: number, clock: Clock): Promise<void> {
    const end = clock.monotonic() + graceMs;
    while (this.size > 0 && clock.monotonic() < end) await clock.sleep(10);
    this.cut(() => true);
  }
}
