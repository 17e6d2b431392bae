import { translateText } from '../migration/text.js';

/** Where a command reads and writes. */
export interface Streams {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Most bytes that are read. */
const longest = 4_194_304;

/**
 * Reads Linkerd's Links from standard input and writes ours to standard output. It asks no cluster.
 *
 * @returns the exit code: 0, or 1 with the problems on standard error and nothing else written
 */
export async function runTranslateLinks({ stdin, stdout, stderr }: Streams): Promise<0 | 1> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    chunks.push(bytes);
    // the text is refused as too long
    if (length > longest) break;
  }
  const translated = translateText(Buffer.concat(chunks).toString('utf8'));
  if (translated.ok) {
    stdout.write(translated.yaml);
    return 0;
  }
  stderr.write(translated.problems.map((problem) => `${problem}\n`).join(''));
  return 1;
}
