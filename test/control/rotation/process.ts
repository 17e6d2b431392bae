import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinary } from '../../../tools/clusters/binaries.js';
import { run } from '../../../tools/clusters/exec.js';
import { root } from '../../../tools/clusters/paths.js';
import { toStderr } from '../../../tools/clusters/progress.js';

/** The program's command `rotate-ca`, running. */
export interface RotateCa {
  /** What it has written so far, to either stream. */
  said(): string;
  /** What Ctrl-C does. */
  interrupt(): void;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts it on the cluster of a kubeconfig (path). It dies with this process. */
export function startRotateCa(kubeconfig: string, ...flags: string[]): RotateCa {
  const main = join(root, 'build/src/cmd/main.js');
  const program = [process.execPath, main, 'rotate-ca', `--kubeconfig=${kubeconfig}`, ...flags];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...program], { stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { said: () => text, interrupt: () => void child.kill('SIGINT'), ended };
}

/** The commands of docs/certificates.md that begin with `kubectl`, as they stand there. */
export async function documented(): Promise<string[]> {
  const text = await readFile(join(root, 'docs/certificates.md'), 'utf8');
  const blocks = [...text.matchAll(/```sh\n([^`]*)```/g)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .replaceAll(/\|\n\s*/g, '| ')
      .split('\n'),
  );
  return lines.filter((line) => line.startsWith('kubectl'));
}

/** Runs such a command as a shell does, on the cluster of a kubeconfig (path), beside these files. */
export async function shell(
  kubeconfig: string,
  command: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const program = await ensureBinary('kube', toStderr);
  const dir = await mkdtemp(join(tmpdir(), 'service-mirror-shell-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text, { mode: 0o600 });
    const kubectl = `kubectl() { '${program}' kubectl --kubeconfig '${kubeconfig}' "$@"; }`;
    return await run(['sh', '-c', `${kubectl}\n${command}`], { cwd: dir });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
