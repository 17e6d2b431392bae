import { join } from 'node:path';
import type { Progress } from '../../clusters/progress.js';
import { ensureUnpacked } from '../../debian/unpack.js';

/** Debian's nginx. */
export interface Nginx {
  readonly program: string;
  /** Path of the module that knows `stream`. */
  readonly module: string;
}

/** nginx of the release that HAProxy 3.0 is of, so that both use the same OpenSSL. */
export async function ensureNginx(progress: Progress): Promise<Nginx> {
  const { program, root } = await ensureUnpacked(
    {
      ...{ path: 'usr/sbin/nginx', folder: 'nginx-trixie-1' },
      packages: ['nginx', 'libnginx-mod-stream'],
    },
    progress,
  );
  return { program, module: join(root, 'usr/lib/nginx/modules/ngx_stream_module.so') };
}
