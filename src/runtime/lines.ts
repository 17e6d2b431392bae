const newline = 0x0a;

/** Longest line accepted; the API server's objects are bounded by etcd at about 1.5 MiB. */
const maxLineBytes = 32 * 1024 * 1024;

/**
 * Cuts a stream of bytes into lines. The cut is made on bytes and only whole lines are decoded, so a character that is
 * split between two chunks stays whole. What follows the last newline is given as a line of its own.
 *
 * @throws Error when a line is longer than 32 MiB, and whatever the stream throws
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const take = (last: Uint8Array): string => {
    const line = pending.length === 0 ? Buffer.from(last) : Buffer.concat([...pending, last]);
    pending = [];
    pendingBytes = 0;
    return line.toString('utf8');
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = take(chunk.subarray(start, end));
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
      if (pendingBytes > maxLineBytes) throw new Error(`a line of more than ${maxLineBytes} bytes`);
    }
  }
  if (pendingBytes > 0) yield take(new Uint8Array());
}
