import { TooLargeError } from './errors.js';

/** Reads a whole body. @throws TooLargeError when it has more than so many bytes */
export async function readWhole(
  body: AsyncIterable<Uint8Array>,
  o: { what: string; most: number },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > o.most) throw new TooLargeError(`${o.what}: the answer has more than ${o.most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads the start of a body and leaves the rest, which may be endless. */
export async function readStart(body: AsyncIterable<Uint8Array>, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, most - bytes));
    bytes += chunk.length;
    if (bytes >= most) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
