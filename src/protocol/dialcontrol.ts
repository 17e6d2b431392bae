/**
 * The messages of a control connection, one JSON object a line. The side that was dialled (the hub) sends `hello`, `dial` and
 * `ping`; the side that has dialled (the edge) answers with `hello`, `lost` and `pong`. A message that is not known is
 * ignored, so that a later version can say more.
 */

/** Version of the messages. */
export const dialVersion = 1;

/** What both sides may say. */
export type DialMessage =
  /** The first one: names the pod, so that two connections to the same one are told apart. */
  | { readonly hello: { readonly version: number; readonly pod: string } }
  /** Asks for a spare for each token. */
  | { readonly dial: readonly string[] }
  /** Spares for these tokens do not come. */
  | { readonly lost: readonly string[] }
  /** Is answered with the same number. */
  | { readonly ping: number }
  | { readonly pong: number };

/** Most tokens in one message. */
export const mostTokens = 64;

/** Longest line, in bytes: the most tokens in one message, and space around them. */
export const longestLine = 8_192;

/** A message as it is sent. */
export function encodeDial(message: DialMessage): string {
  return `${JSON.stringify(message)}\n`;
}

/** Reads a line; undefined: a message of a later version. Throws an Error when it is no message at all. */
export function decodeDial(line: string): DialMessage | undefined {
  const found: unknown = JSON.parse(line);
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw new Error('the message is not an object');
  const { hello, dial, lost, ping, pong } = found as Readonly<Record<string, unknown>>;
  if (hello !== undefined) return { hello: readHello(hello) };
  if (dial !== undefined) return { dial: readTokens(dial) };
  if (lost !== undefined) return { lost: readTokens(lost) };
  if (ping !== undefined) return { ping: readNumber(ping) };
  if (pong !== undefined) return { pong: readNumber(pong) };
  return undefined;
}

function readNumber(found: unknown): number {
  if (!Number.isSafeInteger(found)) throw new Error('a ping has no number');
  return found as number;
}

function readHello(found: unknown): { version: number; pod: string } {
  const { version, pod } = (found ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
    throw new Error('hello has no version');
  if (typeof pod !== 'string' || !/^[\w.-]{1,64}$/.test(pod)) throw new Error('hello names no pod');
  return { version, pod };
}

function readTokens(found: unknown): readonly string[] {
  const valid =
    Array.isArray(found) &&
    found.length <= mostTokens &&
    found.every((token) => typeof token === 'string' && /^[0-9a-f]{64}$/.test(token));
  if (!valid) throw new Error('the tokens cannot be read');
  return found as string[];
}
