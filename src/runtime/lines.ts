import { TooLargeError } from './errors.js';

const newline = 0x0a;

/**
 * Cuts a stream of bytes into lines. It cuts bytes and decodes only whole lines, so a character in two chunks stays
 * whole. Text after the last newline is a line of its own.
 *
 * @throws TooLargeError when a line has more than `most` bytes, and whatever the stream throws
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const take = (last: Uint8Array): string => {
    const line = pending.length === 0 ? Buffer.from(last) : Buffer.concat([...pending, last]);
    pending = [];
    pendingBytes = 0;
    return line.toString('utf8');
  };
  const bound = (bytes: number) => {
    if (bytes > most) throw new TooLargeError(`a line has more than ${most} bytes`);
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      bound(pendingBytes + end - start);
      const line = take(chunk.subarray(start, end));
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
      bound(pendingBytes);
    }
  }
  if (pendingBytes > 0) yield take(new Uint8Array());
}
