import { X509Certificate } from 'node:crypto';
import type { Pem } from './render/layout.js';
import { CommandError, head, maxCommand, type Worker } from './runtime.js';

/**
 * Gives a running HAProxy another certificate of our own: new handshakes show it, open connections stay. After that
 * the worker accepts no other CAs ({@link replaceCas}). Use it only for a worker that has received no CAs since it
 * began: `commit ssl ca-file` rebuilds the object that shows the certificate and does not note its owner. After that,
 * HAProxy answers `Success` to a certificate and does not show it (seen with 3.0.11).
 *
 * @throws CommandError when HAProxy does not take it, or SocketError
 */
export async function replaceCertificate(worker: Worker, { path, text }: Pem): Promise<void> {
  await expect(worker, `set ssl cert ${path} <<\n${compact(blocksOf(text))}\n`, /transaction/i);
  await expect(worker, `commit ssl cert ${path}`, /Success/);
}

/**
 * Gives a running HAProxy other CAs for one file: new handshakes use them, open connections stay. Use it only for a
 * worker that has received no certificate since it began: after `commit ssl cert`, the next `commit ssl ca-file`
 * fails, or crashes HAProxy (haproxy issue 3165; seen with 3.0.11). Any number in a row is safe.
 *
 * @throws CommandError when HAProxy does not take them, and then has those that it had, or SocketError
 */
export async function replaceCas(worker: Worker, { path, text }: Pem): Promise<void> {
  try {
    for (const [at, chunk] of chunksOf(blocksOf(text)).entries())
      await expect(worker, `${at === 0 ? 'set' : 'add'} ssl ca-file ${path} <<\n${chunk}\n`, /transaction/i);
    await expect(worker, `commit ssl ca-file ${path}`, /Success/);
  } catch (error) {
    if (error instanceof CommandError) await worker.ask(`abort ssl ca-file ${path}`);
    throw error;
  }
}

/** Whether a worker has this certificate, by its SHA-1 fingerprint, which HAProxy prints. */
export async function hasCertificate(worker: Worker, { path, text }: Pem): Promise<boolean> {
  const [leaf] = blocksOf(text).filter((block) => block.startsWith('-----BEGIN CERTIFICATE-----'));
  const [, print] =
    /^SHA1 FingerPrint: ([0-9A-F]{40})/m.exec(await worker.ask(`show ssl cert ${path}`)) ?? [];
  return leaf !== undefined && new X509Certificate(leaf).fingerprint.replaceAll(':', '') === print;
}

/** Whether a worker has these CAs, by their SHA-1 fingerprints, which HAProxy prints. */
export async function hasCas(worker: Worker, { path, text }: Pem): Promise<boolean> {
  const shown = (await worker.ask(`show ssl ca-file ${path}`)).matchAll(
    /^SHA1 FingerPrint: ([0-9A-F]{40})/gm,
  );
  const there = new Set([...shown].map(([, print]) => print));
  const wanted = new Set(
    blocksOf(text).map((block) => new X509Certificate(block).fingerprint.replaceAll(':', '')),
  );
  return there.size === wanted.size && [...wanted].every((print) => there.has(print));
}

async function expect(worker: Worker, command: string, good: RegExp): Promise<void> {
  const answer = await worker.ask(command);
  if (!good.test(answer))
    throw new CommandError(`HAProxy refused ${head(command)}: ${answer.trim().slice(0, 400)}`);
}

/** The PEM blocks alone. */
function blocksOf(pem: string): string[] {
  return pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
}

/** Without empty lines, because an empty line ends the command. */
function compact(blocks: readonly string[]): string {
  return blocks.map((block) => block.replaceAll(/\n\s*\n/g, '\n')).join('\n');
}

/** Blocks that fit into one command. */
function chunksOf(blocks: readonly string[]): string[] {
  const chunks: string[][] = [];
  let room = 0;
  for (const block of blocks) {
    if (block.length + 1 > room) {
      chunks.push([]);
      room = maxCommand;
    }
    chunks.at(-1)!.push(block);
    room -= block.length + 1;
  }
  return chunks.map(compact);
}
