import { Agent, request } from 'node:https';
import { configMaps } from '../../src/api/resources.js';
import { createKube } from '../../src/runtime/kube.js';
import { loadLocal } from '../../src/runtime/local.js';

/** An API server that is kept busy. */
export interface Occupied {
  /** Lists that were answered so far. */
  readonly answered: () => number;
  /** Lets it go. */
  end(): Promise<void>;
}

/** Lists under way at any time. */
const atOnce = 8;

/** What is listed: compressing it costs the server much more than reading it costs us. */
const [many, bytes] = [6, 900_000];

/**
 * Has an API server list and compress the same large objects over and over, for an administrator, whose requests are never
 * turned away (`system:masters`). There is always one under way, so its processors are never free.
 */
export async function occupy(kubeconfig: string): Promise<Occupied> {
  const config = await loadLocal(kubeconfig);
  const kube = createKube(config, { fieldManager: 'someone' });
  const text = Array.from({ length: bytes / 20 }, () => Math.random().toString(36).slice(2).padEnd(20, 'x'));
  for (let n = 0; n < many; n += 1)
    await kube.create(configMaps, {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `large-${n}`, namespace: 'kube-public' } },
      data: { text: text.join('') },
    });
  await kube.close();

  const { ca, cert, key, headers } = await config.load();
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce, ca, cert, key });
  const url = `${config.server}/api/v1/namespaces/kube-public/configmaps`;
  let [ended, answered] = [false, 0];
  const list = () =>
    new Promise<void>((resolve) => {
      const asked = request(url, { agent, headers: { ...headers, 'accept-encoding': 'gzip' } }, (answer) =>
        answer.resume().once('close', () => {
          if (answer.statusCode === 200) answered += 1;
          resolve();
        }),
      );
      asked.once('error', () => resolve()).end();
    });
  const loops = Array.from({ length: atOnce }, async () => {
    while (!ended) await list();
  });
  return {
    answered: () => answered,
    async end() {
      ended = true;
      await Promise.all(loops);
      agent.destroy();
    },
  };
}
