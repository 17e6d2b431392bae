import assert from 'node:assert/strict';
import { pods as podKind, services } from '../../../../src/api/resources.js';
import { aMirror, named, ofPod, port, serviceSpec } from '../../../gen/gen.js';
import { aHeadless, type PodAt } from '../../../gen/pods.js';
import { eventually } from '../../../driver/eventually.js';
import { destinationOf, openStream } from '../../../driver/traffic.js';
import { gatewayAddresses } from '../../order/clusters.js';
import { callAs } from '../calling.js';
import { lists, runs } from '../running.js';
import { servicePort, type RightsStory } from '../story.js';

/** Addresses of Paris's network at which the backend listens. */
const addresses = ['10.97.3.201', '10.97.3.202', '10.97.3.203', '10.97.3.204'] as const;

/** Where no pod is: a machine, and what belongs to others. */
const foreign = [gatewayAddresses.ingress[1], addresses[3]] as const;

/**
 * Each host name of a headless Service leads to its pod and to no other, also when pods come back with another address. What
 * only a slice says leads nowhere.
 */
export async function pods({ clusters, tell }: RightsStory): Promise<void> {
  const { london, paris } = await clusters.namespace('pods');
  await paris.applies(
    aHeadless('db', port(servicePort, { name: 'db' }), serviceSpec({ selector: { app: 'db' } })),
  );
  const list = (...all: PodAt[]) => lists(paris, ...all);
  const call = (hostname: string) => callAs(clusters.london, { namespace: 'pods', name: 'db', hostname });
  const says = async (hostname: string) => {
    const stream = await call(hostname);
    stream.close();
    return stream.said;
  };
  const leads = (hostname: string, address: string) =>
    eventually(async () => assert.equal(await says(hostname), address), 30_000);

  const first = await runs(paris, ['db-0', addresses[0]]);
  const second = await runs(paris, ['db-1', addresses[1]]);
  await list(first, second);
  await leads('db-0', addresses[0]);
  await leads('db-1', addresses[1]);
  for (let round = 0; round < 20; round++)
    assert.deepEqual([await says('db-0'), await says('db-1')], [addresses[0], addresses[1]]);
  await assert.rejects(call('db-2'));
  await assert.rejects(call(''), 'the name of the Service alone leads nowhere');

  for (const hostname of ['db-0', 'db-1'])
    await london.creates(aMirror(hostname, ofPod('paris', 'pods/db', hostname), named(`${hostname}-paris`)));
  const mirrored = async (hostname: string) => {
    const stream = await openStream(await destinationOf(london, `${hostname}-paris`));
    stream.close();
    return stream.said;
  };
  for (const [hostname, address] of [first, second]) {
    await london.within(60_000).mirrorSays(hostname, 'EndpointsReady=True');
    assert.equal(await mirrored(hostname), address);
  }

  const live = await openStream(await destinationOf(london, 'db-1-paris'));
  assert.equal(live.said, addresses[1]);
  await paris.deletes(podKind, 'db-0');
  await list(second);
  await eventually(() => assert.rejects(call('db-0')), 30_000);
  const again = await runs(paris, ['db-0', addresses[2]]);
  await list(again, second);
  await leads('db-0', addresses[2]);
  await london.within(60_000).mirrorSays('db-0', 'EndpointsReady=True');
  assert.equal(await mirrored('db-0'), addresses[2]);
  await live.echo();
  tell('db-0 has come back with another address; the connection to db-1 lives on');

  for (const address of foreign) {
    const [hostname, , uid] = again;
    await list([hostname, address, uid ?? ''], second, ['db-2', address, 'nobody']);
    await eventually(() => assert.rejects(call('db-0')), 30_000);
    await assert.rejects(call('db-2'));
    await live.echo();
    tell(`a slice that names ${address} leads nowhere`);
    await list(again, second);
    await leads('db-0', addresses[2]);
  }
  live.close();
  await paris.deletes(services, 'db');
  await eventually(() => assert.rejects(call('db-0')), 30_000);
}
