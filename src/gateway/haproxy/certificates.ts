import type { Pem } from './render/layout.js';
import { CommandError, head, type Worker } from './runtime.js';

/**
 * Gives a running HAProxy another certificate of our own: new handshakes show it, connections that are open stay. CAs are
 * never brought this way, but by a reload: after a `commit ssl cert`, the next `commit ssl ca-file` crashes HAProxy
 * (haproxy issue 3165; seen with 3.0.11).
 *
 * @throws CommandError when HAProxy does not take it, or SocketError
 */
export async function replaceCertificate(worker: Worker, { path, text }: Pem): Promise<void> {
  await expect(worker, `set ssl cert ${path} <<\n${compact(text)}\n`, /transaction/i);
  await expect(worker, `commit ssl cert ${path}`, /Success/);
}

async function expect(worker: Worker, command: string, good: RegExp): Promise<void> {
  const answer = await worker.ask(command);
  if (!good.test(answer))
    throw new CommandError(`HAProxy refused ${head(command)}: ${answer.trim().slice(0, 400)}`);
}

/** The PEM blocks alone: an empty line would end the command. */
function compact(pem: string): string {
  const blocks = pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  return blocks.map((block) => block.replaceAll(/\n\s*\n/g, '\n')).join('\n');
}
