import assert from 'node:assert/strict';
import { createConnection, createServer, type Socket } from 'node:net';
import { links, serviceMirrors, services } from '../../../src/api/resources.js';
import { linesOf } from '../../driver/audit.js';
import { messageOf } from '../../driver/conditions.js';
import { eventually } from '../../driver/eventually.js';
import { gatewayAddresses, type OrderClusters } from '../order/clusters.js';
import type { World } from './world.js';

const egress = [...gatewayAddresses.egress];

/** The sentence that {@link playUpgrade} plays, before all others: they go by the Link that it changes. */
export const upgrading =
  'a Link that loses its credentials, and gets them back, rewrites no Service and no slice, and cuts nobody';

/**
 * Takes the credentials from Link `paris`, gives them back, and takes them again. A connection through the gateways stays
 * open meanwhile.
 */
export async function playUpgrade(
  { london: cluster, paris: there }: OrderClusters,
  world: World,
): Promise<void> {
  const { london, paris } = world;
  const peer = await there.published();
  await paris.exports('web', { ports: ['http 80'], labels: { round: '0' } });
  await london.mirrors('web').from('paris');
  const before = await london.shows('web-paris', { endpoints: egress });
  const client = await connected(world);
  const mark = await cluster.audit.mark();
  const ways = [
    [{ credentialsSecretRef: null, peer }, /^reads from the gateway/],
    [{ credentialsSecretRef: { name: 'link-paris' } }, /^in contact with https/],
    [{ credentialsSecretRef: null }, /^reads from the gateway/],
  ] as const;
  for (const [round, [spec, words]] of ways.entries()) {
    await cluster.edits(links, 'paris', { spec });
    await eventually(async () => {
      const link = await cluster.linkSays('paris', 'Connected=True', 'Ready=True');
      assert.match(messageOf(link, 'Connected'), words);
    });
    await client.echoes(`round ${round}`);
    // what was in line before this has been done
    await paris.changes('web', { metadata: { labels: { round: String(round + 1) } } });
    await london.shows('web-paris', {
      ...{ endpoints: egress, stays: before, counted: '1/1', labels: { round: String(round + 1) } },
    });
  }
  client.close();
  const written = linesOf(await cluster.writtenSince(mark));
  // the operator notes for itself that the Link pins its peer; gateways find nothing new in that
  const notes =
    /^(update|patch) (links|links\/status|configmaps) (paris|service-mirror\/service-mirror-peers)$/;
  const label = `patch services ${world.name}/web-paris`;
  assert.deepEqual(
    written.filter((line) => !notes.test(line)),
    [label, label, label],
    'nothing but the label that was changed',
  );
}

/** A connection from London to a pod of Paris, which echoes. */
async function connected({ london, paris }: World): Promise<{
  echoes(text: string): Promise<void>;
  close(): void;
}> {
  const { clusterIP } = (await paris.get(services, 'web')).spec;
  const server = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(80, clusterIP, resolve));
  const { status } = await london.get(serviceMirrors, 'web-paris');
  const socket = createConnection(status?.ports?.[0]?.gatewayPort ?? 0, egress[0]);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    echoes: (text) => echo(socket, text),
    close() {
      socket.destroy();
      server.close();
    },
  };
}

function echo(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('close', () => reject(new Error('the connection was cut')));
    socket.once('data', (data) => {
      socket.removeAllListeners('error').removeAllListeners('close');
      if (data.toString() === text) resolve();
      else reject(new Error(`${data.toString()} came back`));
    });
    socket.write(text);
  });
}
