import { connect } from 'node:net';

/** HAProxy has refused a command. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** HAProxy cannot be reached: it is not there, or does not answer. */
export class SocketError extends Error {
  override readonly name = 'SocketError';
}

/** Milliseconds in which a command must be answered; by an old worker, which may be about to end and then never does. */
const patience = 10_000;
const patienceWithOld = 1_000;

/** Most bytes of one command with what follows it: HAProxy reads it into one buffer (`tune.bufsize`, 16 kB). */
export const maxCommand = 14_000;

/**
 * Sends a command over a connection of its own and returns the whole answer.
 *
 * @param ms how long to wait for bytes of the answer
 * @throws SocketError when the socket is not there, or the answer takes longer
 */
export function ask(socket: string, command: string, ms = patience): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const fail = (why: string, cause?: Error) =>
      reject(new SocketError(`HAProxy cannot be talked to on ${socket}: ${why}`, { cause }));
    const connection = connect(socket);
    connection.setTimeout(ms, () => {
      fail(`no answer within ${ms} ms`);
      connection.destroy();
    });
    connection.on('data', (chunk: Buffer) => chunks.push(chunk));
    connection.on('error', (error) => fail(error.message, error));
    connection.on('close', () => resolve(Buffer.concat(chunks).toString()));
    connection.end(`${command}\n`);
  });
}

/** Commands to one worker, through its master, which reaches old workers too. */
export interface Worker {
  readonly pid: number;
  /** It only lives for the connections that it still carries, and learns of no change any more. */
  readonly old: boolean;
  /** Reloads, also refused ones, that it has lived through. */
  readonly reloads: number;
  /** The time of its start, in seconds of its own clock, if it was asked: a container's process ids come again. */
  readonly started?: number;
  /** @throws SocketError when the worker is gone */
  ask(command: string): Promise<string>;
  /**
   * For commands that answer nothing when all is well. Several, each of one line, share a connection, and each is
   * executed, whatever becomes of the others.
   *
   * @throws CommandError with what HAProxy said, or SocketError
   */
  tell(...commands: readonly string[]): Promise<void>;
}

/** The worker of that process id below the master behind a socket. */
export function workerOf(socket: string, { pid, old, reloads }: Listed): Worker {
  const send = async (...commands: readonly string[]) => {
    const line = commands.map((command) => `@!${pid} ${command}`).join(';');
    const answer = await ask(socket, line, old ? patienceWithOld : patience);
    if (/^Can't (find the target|connect to the target)/m.test(answer))
      throw new SocketError(`HAProxy's worker ${pid} is gone`);
    return answer;
  };
  return {
    pid,
    old,
    reloads,
    ask: send,
    async tell(...commands) {
      for (const some of inChunks(commands)) {
        const answer = (await send(...some)).trim();
        if (answer === '') continue;
        const which = some.length > 1 ? `one of ${some.length} commands, beginning with ` : '';
        throw new CommandError(`HAProxy refused ${which}${head(some[0] ?? '')}: ${answer.slice(0, 400)}`);
      }
    },
  };
}

/** Commands that fit into one line; a longer one is alone. */
function inChunks(commands: readonly string[]): readonly (readonly string[])[] {
  const chunks: string[][] = [];
  let room = 0;
  for (const command of commands) {
    const length = command.length + prefixLength;
    if (length > room) {
      chunks.push([]);
      room = maxCommand;
    }
    chunks.at(-1)!.push(command);
    room -= length;
  }
  return chunks;
}

/** Most characters that the number of a worker takes before a command. */
const prefixLength = 16;

/** The words of a command without what it carries, which may be a key. */
export function head(command: string): string {
  return command.split('\n')[0]!.slice(0, 120).replace(' <<', '');
}

/** `name: value` lines, as `show info` prints them. */
export function readFields(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf(': ');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 2)] as const];
    }),
  );
}

/** A worker as `show proc` of the master lists it. */
export interface Listed {
  readonly pid: number;
  /** It only lives for the connections that it still carries. */
  readonly old: boolean;
  readonly reloads: number;
}

/** The workers, and the master itself, out of what `show proc` prints; undefined when that is not to be made out. */
export function readProcesses(
  text: string,
): { readonly master: number; readonly workers: readonly Listed[] } | undefined {
  let old = false;
  let master: number | undefined;
  const workers: Listed[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) old = line.startsWith('# old workers');
    const [, pid, kind, reloads] = /^(\d+)\s+(master|worker)\s+(\d+)?/.exec(line) ?? [];
    if (kind === 'master') master = Number(pid);
    if (kind === 'worker') workers.push({ pid: Number(pid), old, reloads: Number(reloads ?? 0) });
  }
  return master === undefined ? undefined : { master, workers };
}
