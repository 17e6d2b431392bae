import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { programEntries, type Entry } from './layer.js';
import { writeImage } from './oci.js';
import type { Bundle } from './bundle.js';
import { nodeEnvironment, nodeFlags } from './node.js';

/** What goes into the image, and under which name. */
export interface OperatorImage {
  /** As the manifests name it, for example `service-mirror/operator:0.1.0`. */
  readonly name: string;
  readonly bundle: Pick<Bundle, 'script' | 'parts'>;
  /** A Node binary of this machine; its shared libraries come along. */
  readonly node: string;
}

/** A program for `kubectl exec`. An image may have no shell, so Node itself reads it. */
export function program(node: string): string {
  return `#!${node}\nrequire('/app/main.cjs');\n`;
}

/** The user of the manifests' security context. */
const user = 65532;

/**
 * Writes the image of all roles as an OCI archive, without a Docker daemon and without a base image: Node, its
 * libraries and the program. The layer below changes with Node, the one above with every build.
 */
export async function writeOperatorImage(out: string, { name, bundle, node }: OperatorImage): Promise<void> {
  const system: Entry[] = [
    ...(await programEntries(await realpath(node), '/usr/bin/node')),
    { kind: 'text', path: '/etc/passwd', text: `nonroot:x:${user}:${user}::/:/sbin/nologin\n` },
    { kind: 'text', path: '/etc/nsswitch.conf', text: 'hosts: files dns\n' },
    { kind: 'directory', path: '/tmp', mode: 0o1777 },
  ];
  const ours: Entry[] = [
    { kind: 'file', path: '/app/main.cjs', source: bundle.script, mode: 0o644 },
    // so that people write: kubectl exec deploy/service-mirror-operator -- service-mirror invite london
    { kind: 'text', path: '/usr/bin/service-mirror', text: program('/usr/bin/node'), mode: 0o755 },
    ...bundle.parts.map((source): Entry => ({
      kind: 'file',
      path: `/app/${basename(source)}`,
      source,
      mode: 0o644,
    })),
  ];
  await mkdir(dirname(out), { recursive: true });
  await writeImage(out, {
    name,
    layers: [system, ours],
    entrypoint: ['/usr/bin/node', ...nodeFlags, '/app/main.cjs'],
    user: String(user),
    env: nodeEnvironment,
  });
}
