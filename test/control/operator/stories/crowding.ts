import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownNames } from '../../../../src/api/names.js';
import { configMaps, links } from '../../../../src/api/resources.js';
import { aLink, exportOnly, over, spec } from '../../../gen/gen.js';
import { aLongRoot } from '../../../gen/pki.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** More peers than one ConfigMap holds. */
export function crowding(clusters: () => OperatorClusters): void {
  test('a peer too many is told so, and keeps nobody from coming, changing and going', async () => {
    const { own } = clusters().london;
    const letters = [...'abcdefghijklmnop'];
    const longest = new Map(
      await Promise.all(
        letters.map(async (name) => [name, await aLongRoot(new Date(), `CN=crowd-${name}`, 65_536)] as const),
      ),
    );
    const link = (name: string, caBundle = longest.get(name)!) => {
      const peer = { cluster: `crowd-${name}`, caBundle };
      return aLink(`crowd-${name}`, exportOnly, over('gateway'), spec({ peer }));
    };
    const written = async () => (await own.get(configMaps, ownNames.peers)).data ?? {};
    const letIn = async () => Object.keys(await written()).filter((name) => name.startsWith('crowd-'));

    // 14 of the longest fit
    for (const name of letters) await own.applies(link(name));
    await eventually(async () => assert.equal((await letIn()).length, 14));
    const inside = await letIn();
    const outside = letters.map((name) => `crowd-${name}`).filter((name) => !inside.includes(name));
    for (const name of outside) {
      const refused = await own.linkSays(name, 'GatewayHealthy=False/PeersExhausted');
      assert.match(messageOf(refused, 'GatewayHealthy'), /entry takes \d+ bytes.*delete Links/);
    }

    const [first = ''] = inside;
    const short = await aLongRoot(new Date(), `CN=${first}`, 2_000);
    await own.applies(link(first.slice('crowd-'.length), short));
    await eventually(async () => assert.ok(((await written())[first] ?? '').length < 4_000));
    await own.deletes(links, ...inside.slice(1, 4));
    await eventually(async () => {
      const now = await letIn();
      assert.deepEqual(
        outside.filter((name) => !now.includes(name)),
        [],
      );
    });
    await own.deletes(links, ...(await letIn()));
    await eventually(async () => assert.deepEqual(await letIn(), []));
  });
}
