import { spawn } from 'node:child_process';

/** What a command may be given; everything is optional. */
export interface RunOptions {
  /** Written to standard input, which is closed after it. */
  readonly input?: string;
  /** Replaces the environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Kills the command with SIGKILL. */
  readonly signal?: AbortSignal;
}

/** A command ended with an exit code other than 0; the message holds what it wrote to standard error. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';

  constructor(
    readonly argv: readonly string[],
    readonly code: number | null,
    readonly stdout: string,
    readonly stderr: string,
  ) {
    super(`${argv.slice(0, 6).join(' ')}: exit code ${code ?? 'none'}: ${stderr.trim() || stdout.trim()}`);
  }
}

/** Runs a command to its end and returns its standard output; rejects with {@link CommandFailed}. */
export function run(
  argv: readonly [string, ...string[]],
  { input = '', signal, ...options }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), {
      ...options,
      ...(signal && { signal }),
      killSignal: 'SIGKILL',
      stdio: 'pipe',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output.stdout);
      else reject(new CommandFailed(argv, code, output.stdout, output.stderr));
    });
    child.stdin.on('error', () => undefined); // a command need not read its input
    child.stdin.end(input);
  });
}

/** Runs a command whose output goes straight to our standard error, for what takes minutes. */
export function runAloud(
  argv: readonly [string, ...string[]],
  options: Pick<RunOptions, 'env' | 'cwd'> = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), { ...options, stdio: ['ignore', 2, 2] });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new CommandFailed(argv, code, '', 'see above'));
    });
  });
}
