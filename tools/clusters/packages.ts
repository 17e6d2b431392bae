import { run, runAloud } from './exec.js';
import { step, type Progress } from './progress.js';

/** Debian packages of the native clusters and of the test images; Ubuntu's have the same names. */
export const packages = [
  'busybox-static',
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'curl',
  'iproute2',
  'iptables',
  'nftables',
  'runc',
  'util-linux',
] as const;

/**
 * Installs the packages that are missing when run by root; otherwise rejects with the command that would.
 * Docker's own `containerd.io` serves as `containerd` and `runc`.
 */
export async function ensurePackages(progress: Progress): Promise<void> {
  const missing = missingPackages(await installedPackages());
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...missing] as const;
  if (process.getuid?.() !== 0) {
    throw new Error(`Debian packages are missing; run:\n  sudo apt-get update && sudo ${install.join(' ')}`);
  }
  await step(`installing Debian packages: ${missing.join(' ')}`, progress, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    try {
      await run(install, { env });
    } catch {
      // Most likely there are no package lists yet, or they are too old.
      await runAloud(['apt-get', 'update', '-q'], { env });
      await runAloud(install, { env });
    }
  });
}

/** Which of ours are not among the installed ones. */
export function missingPackages(installed: ReadonlySet<string>): string[] {
  const provided = installed.has('containerd.io') ? ['containerd', 'runc'] : [];
  return packages.filter((name) => !installed.has(name) && !provided.includes(name));
}

async function installedPackages(): Promise<Set<string>> {
  const list = await run(['dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Package}\n']).catch(
    (cause: unknown) => {
      throw new Error(
        `the native clusters need Debian or Ubuntu (or the equivalents of: ${packages.join(' ')})`,
        {
          cause,
        },
      );
    },
  );
  return new Set(list.split('\n').flatMap((line) => /^.i\s+(\S+)/.exec(line)?.[1] ?? []));
}
