import type { Pem, Rendered } from './render/layout.js';
import { maxCommand, type Worker } from './runtime.js';

/** Brings certificates and CAs into a running HAProxy; connections that are open keep what they have. */
export interface Certificates {
  /** A worker has read them all from their files. */
  loaded(wanted: Rendered): void;
  /** What the worker has is not known. */
  unknown(): void;
  /**
   * Sends what differs from what the worker has.
   *
   * @throws CommandError when HAProxy does not take one, or SocketError
   */
  bring(worker: Worker, wanted: Rendered): Promise<void>;
}

/** Remembers what a worker has, so that most states send nothing. */
export function createCertificates(): Certificates {
  const has = new Map<string, string>();

  async function send(worker: Worker, kind: 'cert' | 'ca-file', { path, text }: Pem): Promise<void> {
    if (has.get(path) === text) return;
    has.delete(path);
    const [first = '', ...more] = chunksOf(text);
    await expect(worker, `set ssl ${kind} ${path} <<\n${first}\n`, /transaction|updated/i);
    for (const chunk of more)
      await expect(worker, `add ssl ${kind} ${path} <<\n${chunk}\n`, /transaction|updated/i);
    await expect(worker, `commit ssl ${kind} ${path}`, /Success/);
    has.set(path, text);
  }

  return {
    loaded({ certificate, bundles }) {
      has.clear();
      for (const { path, text } of [certificate, ...bundles]) has.set(path, text);
    },
    unknown: () => has.clear(),
    async bring(worker, { certificate, bundles }) {
      // Whom we trust comes first: a new certificate may be one that peers show in return.
      for (const bundle of bundles) await send(worker, 'ca-file', bundle);
      await send(worker, 'cert', certificate);
    },
  };
}

async function expect(worker: Worker, command: string, good: RegExp): Promise<void> {
  const answer = await worker.ask(command);
  if (good.test(answer)) return;
  throw new Error(`HAProxy refused ${command.split('\n')[0]}: ${answer.trim().slice(0, 400)}`);
}

/** PEM blocks, as many in one piece as fit into one command; empty lines would end the command. */
function chunksOf(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  const chunks: string[] = [];
  for (const block of blocks.map((text) => text.replaceAll(/\n\s*\n/g, '\n'))) {
    const last = chunks.at(-1);
    if (last !== undefined && last.length + block.length < maxCommand)
      chunks[chunks.length - 1] = `${last}\n${block}`;
    else chunks.push(block);
  }
  return chunks;
}
