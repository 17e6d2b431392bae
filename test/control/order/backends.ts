import { createServer, type Socket } from 'node:net';
import type { Service } from '../../../src/api/objects.js';
import { keyOf, services } from '../../../src/api/resources.js';
import type { KubeClient } from '../../../src/runtime/kube.js';
import { follow } from '../../../tools/clusters/follow.js';

/** The one port of every service in Paris. */
export const servicePort = 80;

/** What stands behind all services of Paris, and who was who there. */
export interface Backends {
  /** UIDs that a service of that key has had so far. */
  uidsOf(key: string): ReadonlySet<string>;
  /** ClusterIPs that the Service of that UID has had. */
  addressesOf(uid: string): ReadonlySet<string>;
}

/**
 * Answers on every ClusterIP with the UID of the Service that holds it, as far as its own watch tells; for an address
 * that nobody is known to hold, as soon as it does.
 */
export async function startBackends(kube: KubeClient, signal: AbortSignal): Promise<Backends> {
  const holders = new Map<string, string>();
  const keys = new Map<string, Set<string>>();
  const addresses = new Map<string, Set<string>>();
  const waiting = new Map<string, Socket[]>();

  function tell({ gone, object }: { gone: boolean; object: Service }): void {
    const { metadata, spec } = object;
    const { uid = '' } = metadata;
    const ip = spec.clusterIP ?? '';
    if (gone) {
      if (holders.get(ip) === uid) holders.delete(ip);
      return;
    }
    holders.set(ip, uid);
    note(keys, keyOf(object), uid);
    note(addresses, uid, ip);
    for (const socket of waiting.get(ip) ?? []) socket.end(`${uid}\n`);
    waiting.delete(ip);
  }

  await follow(kube, services, { tell }, signal);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
    const ip = (socket.localAddress ?? '').replace('::ffff:', '');
    const uid = holders.get(ip);
    if (uid !== undefined) socket.end(`${uid}\n`);
    else waiting.set(ip, [...(waiting.get(ip) ?? []), socket]);
  });
  await new Promise<void>((resolve) =>
    server.listen({ port: servicePort, host: '0.0.0.0', backlog: 4_096 }, resolve),
  );
  return {
    uidsOf: (key) => keys.get(key) ?? new Set(),
    addressesOf: (uid) => addresses.get(uid) ?? new Set(),
  };
}

function note(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
}
