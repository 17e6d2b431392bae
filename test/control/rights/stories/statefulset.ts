import assert from 'node:assert/strict';
import { pods as podKind, serviceMirrors, services } from '../../../../src/api/resources.js';
import { aMirror, aService, named, of, port, serviceSpec } from '../../../gen/gen.js';
import { aHeadless, type PodAt } from '../../../gen/pods.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import { destinationOf, openStream } from '../../../driver/traffic.js';
import { lists, runs } from '../running.js';
import { servicePort, type RightsStory } from '../story.js';

const addresses = ['10.97.3.211', '10.97.3.212', '10.97.3.213', '10.97.3.214'] as const;

/** Milliseconds; a name that is gone keeps its mirror for a minute. */
const patience = 120_000;

/** A headless mirror over our gateways, whose pods come, restart and go; names in the way are left as they are. */
export async function statefulset({ clusters, tell }: RightsStory): Promise<void> {
  const { london: hasty, paris } = await clusters.namespace('statefulset');
  const london = hasty.within(patience);
  const soon = <T>(look: () => T | Promise<T>) => eventually(look, patience);
  await paris.applies(
    aHeadless('db', port(servicePort, { name: 'db' }), serviceSpec({ selector: { app: 'db' } })),
  );
  await london.creates(aMirror('db', of('paris', 'statefulset/db'), named('db-paris')));
  const made = async () =>
    (await london.list(serviceMirrors)).map(({ metadata }) => metadata.name).toSorted();
  /** Host names of the headless mirror with the names of the Services to which they lead. */
  const names = async () => {
    const all = await london.list(services);
    return (await london.slices('db-paris'))
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready === true)
      .map(({ hostname, addresses: [ip] }) => {
        const found = all.find(({ spec }) => spec.clusterIP === ip);
        return `${hostname} ${found?.metadata.name}`;
      });
  };
  const reaches = async (service: string) => {
    const stream = await openStream(await destinationOf(london, service));
    stream.close();
    return stream.said;
  };

  await london.mirrorSays('db', 'Accepted=True', 'EndpointsReady=False');
  assert.equal((await london.service('db-paris')).spec.clusterIP, 'None');
  assert.deepEqual(await made(), ['db']);

  const theirs = aService('db-paris-db-1', port(servicePort));
  const mine = aMirror('db-paris-db-2', of('paris', 'statefulset/else'), named('else'));
  await london.creates(theirs, mine);
  const at = (index: number): PodAt => [`db-${index}`, addresses[index]!];
  const three = await Promise.all([0, 1, 2].map((index) => runs(paris, at(index))));
  await lists(paris, ...three);
  await soon(async () => assert.deepEqual(await names(), ['db-0 db-paris-db-0']));
  await soon(async () => {
    const told = messageOf(await london.get(serviceMirrors, 'db'));
    assert.match(told, /host name db-1: a Service "db-paris-db-1"/);
    assert.match(told, /host name db-2: a ServiceMirror "db-paris-db-2"/);
  });
  assert.equal((await london.get(serviceMirrors, 'db-paris-db-2')).spec.service.name, 'else');
  tell('names in the way are said, and left as they are');

  await london.deletes(services, 'db-paris-db-1');
  await london.deletes(serviceMirrors, 'db-paris-db-2');
  const all = [0, 1, 2].map((index) => `db-${index} db-paris-db-${index}`);
  await soon(async () => assert.deepEqual(await names(), all));
  for (const index of [0, 1, 2]) assert.equal(await reaches(`db-paris-db-${index}`), addresses[index]);

  const { clusterIP } = (await london.service('db-paris-db-0')).spec;
  const live = await openStream(await destinationOf(london, 'db-paris-db-1'));
  await paris.deletes(podKind, 'db-0');
  await lists(paris, ...three.slice(1));
  await soon(async () => assert.deepEqual(await names(), all.slice(1)));
  await lists(paris, await runs(paris, ['db-0', addresses[3]]), ...three.slice(1));
  await soon(async () => assert.deepEqual(await names(), all));
  await soon(async () => assert.equal(await reaches('db-paris-db-0'), addresses[3]));
  assert.equal((await london.service('db-paris-db-0')).spec.clusterIP, clusterIP);
  await live.echo();
  live.close();
  tell('db-0 restarted with another address, and kept its name and its ClusterIP here');

  await lists(paris, ...three.slice(1, 2));
  await soon(async () => assert.deepEqual(await made(), ['db', 'db-paris-db-1']));
  await soon(async () => {
    const left = (await london.list(services)).map(({ metadata }) => metadata.name);
    assert.deepEqual(left.toSorted(), ['db-paris', 'db-paris-db-1']);
  });
  await london.deletes(serviceMirrors, 'db');
  await soon(async () => assert.deepEqual([await made(), await london.list(services)], [[], []]));
}
