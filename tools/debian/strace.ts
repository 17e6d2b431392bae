import { toStderr } from '../clusters/progress.js';
import { ensureUnpacked } from './unpack.js';

/**
 * A command whose writes to disk are slow: each fsync(2) and fdatasync(2) takes so long (ms) more. Other threads go on
 * meanwhile, as on a disk that is busy. Debian's strace does that, which needs no root. It ends with the program, and the
 * program with it.
 */
export async function onSlowDisk(argv: readonly string[], delay: number): Promise<[string, ...string[]]> {
  const { program } = await ensureUnpacked(
    { path: 'usr/bin/strace', packages: ['strace'], folder: 'strace-trixie-1' },
    toStderr,
  );
  const calls = 'fsync,fdatasync';
  return [
    ...([program, '--follow-forks', '--seccomp-bpf', '--kill-on-exit', '-qq', '--output=/dev/null'] as const),
    `--trace=${calls}`,
    `--inject=${calls}:delay_enter=${delay}ms`,
    ...['--', ...argv],
  ];
}
