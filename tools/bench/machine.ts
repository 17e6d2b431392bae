import { cpus, loadavg, release, totalmem } from 'node:os';
import { run } from '../clusters/exec.js';
import type { Lab } from './path.js';

/** Two lines on the machine, as figures mean nothing without. @param load of the machine before the run began */
export function describeHost(load: number): string {
  const all = cpus();
  return [
    `${all.length} CPUs (${all[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()};`,
    `load average ${load.toFixed(2)} before the run.`,
  ].join('\n');
}

/** One paragraph on where a run was made, and of what. @param load of the machine before it began */
export async function describeMachine({ programs, cpus: shares, plan }: Lab, load: number): Promise<string> {
  const haproxy = await haproxyOf(programs.haproxy);
  const other = programs.awsLc === undefined ? '' : ` and ${await haproxyOf(programs.awsLc)}`;
  const nginx = await run(['sh', '-c', '"$1" -V 2>&1', 'sh', programs.nginx.program]);
  const [server = '?', tls = '?'] = [/nginx\/(\S+)/, /built with (OpenSSL \S+)/].map(
    (pattern) => pattern.exec(nginx)?.[1],
  );
  return [
    describeHost(load),
    `HAProxy ${haproxy}${other}, nginx ${server} (${tls}), Node ${process.version} (OpenSSL ${process.versions.openssl}).`,
    `Load generator and backend run on CPU ${shares.load}, the gateways of both hops on CPU ${shares.gateways}.`,
    `${plan.rounds} rounds of ${plan.seconds} s, ${plan.mirrors.toLocaleString('en-US')} mirrors, ${plan.clients} clients, fixed rate ${plan.rate.toLocaleString('en-US')}/s, ${plan.idle.toLocaleString('en-US')} idle connections.`,
  ].join('\n');
}

async function haproxyOf(program: string): Promise<string> {
  const lines = (await run([program, '-vv'])).split('\n');
  const version = /version (\S+)/.exec(lines[0] ?? '')?.[1] ?? '?';
  const library = lines.find((line) => line.startsWith('Running on OpenSSL'))?.split(' : ')[1] ?? '?';
  return `${version} (${library})`;
}

/** Processes that wanted a CPU, in the mean of the last minute. */
export function loadNow(): number {
  return loadavg()[0] ?? 0;
}
