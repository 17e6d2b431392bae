import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { keys } from '../../../src/api/names.js';
import { links, namespaces, serviceMirrors, services } from '../../../src/api/resources.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import {
  aMirror,
  aNamespace,
  aService,
  aSlice,
  endpoint,
  named,
  of,
  ownedBy,
  port,
  slicePorts,
} from '../../gen/gen.js';
import { messageOf } from '../../driver/conditions.js';
import { startClusters, type OperatorClusters } from './clusters.js';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const failures = async (operator: Operator) =>
  (await operator.log()).filter(({ level }) => level === 'error');

suite('an operator whose users and API server do what they like', () => {
  let clusters: OperatorClusters;
  let operator: Operator;

  before(async () => {
    const controllers = ['namespace-controller', 'garbage-collector-controller'];
    clusters = await startClusters({ london: { controllers } });
    operator = await clusters.london.startOperator('--no-leader-election');
  });
  after(async () => {
    await operator.stop();
    await clusters.close();
  });

  test('a hundred edits of a mirror and its Link in a moment end where the last ones say', async () => {
    const { london, paris } = await clusters.namespace('burst');
    for (const [name, host] of [
      ['alpha', '10.9.0.1'],
      ['beta', '10.9.0.2'],
    ] as const)
      await paris.applies(
        aService(name, port(80, { name: 'http' }), port(443, { name: 'tls' })),
        aSlice(name, endpoint(host), slicePorts({ name: 'http', port: 80 }, { name: 'tls', port: 443 })),
      );
    await london.applies(aMirror('burst', of('paris', 'burst/alpha'), named('burst')));
    await london.mirrorSays('burst', 'Ready=True');
    for (const n of numbers(100)) {
      const service = { name: n % 2 === 0 ? 'alpha' : 'beta', namespace: 'burst' };
      await london.edits(serviceMirrors, 'burst', { spec: { service, ports: n % 3 === 0 ? [443] : [80] } });
      const excludedLabels = [`team${n % 7}`];
      if (n % 5 === 0) await london.edits(links, 'paris', { spec: { imports: { excludedLabels } } });
    }
    const { status } = await eventually(async () => {
      const mirror = await london.mirrorSays('burst', 'Ready=True');
      assert.equal(mirror.status?.observedGeneration, mirror.metadata.generation);
      return mirror;
    });
    await london.hasEndpoints('burst', '10.9.0.2');
    assert.equal(status?.source?.display, 'burst/beta');
    const { metadata: made, spec } = await london.service('burst');
    assert.equal(made.annotations?.[keys.remoteService], 'burst/beta');
    assert.deepEqual(
      spec.ports?.map((each) => each.port),
      [443],
    );
    await london.edits(links, 'paris', { spec: { imports: null } });
  });

  test('a namespace that is deleted with its mirrors takes all, and one of its name begins anew', async () => {
    const { london, paris } = await clusters.namespace('doomed');
    const names = numbers(10).map((n) => `m${n}`);
    for (const name of names) {
      await paris.applies(aService(name, port(80)), aSlice(name, endpoint('10.9.1.1')));
      await london.applies(aMirror(name, of('paris', `doomed/${name}`)));
    }
    for (const name of names) await london.mirrorSays(name, 'Ready=True');
    const [told, { metadata }] = [(await operator.log()).length, await london.service('m0')];
    await london.deletes(namespaces, 'doomed');
    await eventually(async () => assert.ok(await london.isGone(namespaces, 'doomed')), 60_000);
    const said = (await operator.log()).slice(told).map(({ message }) => message);
    assert.deepEqual(
      said.filter((message) => message === 'a write was refused'),
      [],
    );
    await london.applies(aNamespace('doomed'));
    for (const name of names) await london.applies(aMirror(name, of('paris', `doomed/${name}`)));
    for (const name of names) await london.mirrorSays(name, 'Ready=True');
    assert.notEqual((await london.service('m0')).metadata.uid, metadata.uid);
  });

  test("mirrors that name each other's Services lead to the pods of those, and never to a mirror", async () => {
    const { london, paris } = await clusters.namespace('crossed');
    await paris.applies(aService('one', port(80)), aSlice('one', endpoint('10.9.2.1')));
    await paris.applies(aService('two', port(80)), aSlice('two', endpoint('10.9.2.2')));
    await london.applies(
      aMirror('one', of('paris', 'crossed/two'), named('one')),
      aMirror('two', of('paris', 'crossed/one'), named('two')),
    );
    await london.hasEndpoints('one', '10.9.2.2');
    await london.hasEndpoints('two', '10.9.2.1');
    await london.applies(aMirror('three', of('paris', 'crossed/three')));
    await paris.applies(
      aService('three', port(80), ownedBy(aMirror('three'))),
      aSlice('three', endpoint('10.9.2.3')),
    );
    const mirror = await london.mirrorSays('three', 'Ready=False/UnsupportedService');
    assert.match(messageOf(mirror, 'Ready') ?? '', /itself a mirror/);
    assert.deepEqual(await london.endpoints('three'), []);
  });

  test('a Service that somebody else makes at the same moment is never touched', async () => {
    const { london, paris } = await clusters.namespace('racing');
    const names = numbers(20).map((n) => `r${n}`);
    for (const name of names)
      await paris.applies(aService(name, port(80)), aSlice(name, endpoint('10.9.3.1')));
    const theirs = (name: string) =>
      aService(name, port(81), (draft) => (draft.spec.selector = { app: 'theirs' }));
    const won = await Promise.all(
      names.map(async (name) => {
        const [, made] = await Promise.allSettled([
          london.creates(aMirror(name, of('paris', `racing/${name}`))),
          new Promise((resolve) => setImmediate(resolve)).then(() => london.creates(theirs(name))),
        ]);
        return made.status === 'rejected';
      }),
    );
    for (const [n, name] of names.entries()) {
      await london.mirrorSays(name, won[n] ? 'Ready=True' : 'Ready=False/NameConflict');
      const { metadata, spec } = await london.service(name);
      assert.equal(metadata.ownerReferences === undefined, !won[n], name);
      assert.deepEqual(spec.selector, won[n] ? undefined : { app: 'theirs' });
    }
  });

  test('an API server whose etcd was restored from a backup finds mirrors as they were, with their cluster IPs', async () => {
    const { london, paris } = await clusters.namespace('restored');
    for (const [n, name] of ['kept', 'edited', 'lost', 'other'].entries())
      await paris.applies(aService(name, port(80)), aSlice(name, endpoint(`10.9.4.${n}`)));
    await london.applies(aMirror('kept', of('paris', 'restored/kept')));
    await london.applies(aMirror('edited', of('paris', 'restored/edited'), named('edited')));
    for (const name of ['kept', 'edited']) await london.mirrorSays(name, 'Ready=True');
    await operator.rests();
    const kept = await london.service('kept');
    const restore = await clusters.london.backup();

    await london.deletes(serviceMirrors, 'kept');
    const service = { name: 'other', namespace: 'restored' };
    await london.edits(serviceMirrors, 'edited', { spec: { service } });
    await london.applies(aMirror('lost', of('paris', 'restored/lost')));
    await london.within(60_000).hasEndpoints('edited', '10.9.4.3');
    await london.within(60_000).mirrorSays('lost', 'Ready=True');
    await eventually(async () => assert.ok(await london.isGone(services, 'kept')), 60_000);

    await restore();
    await london.within(60_000).hasEndpoints('edited', '10.9.4.1');
    await london.within(60_000).mirrorSays('kept', 'Ready=True');
    await london.within(60_000).mirrorSays('edited', 'Ready=True');
    await operator.rests();
    const { metadata, spec } = await london.service('kept');
    assert.deepEqual([metadata.uid, spec.clusterIP], [kept.metadata.uid, kept.spec.clusterIP]);
    assert.deepEqual(await london.endpoints('kept'), ['10.9.4.0']);
    assert.ok(await london.isGone(services, 'lost'));
  });

  test('nothing of all that was an error', async () => {
    assert.deepEqual(
      (await failures(operator))
        .map(({ message, error }) => `${message}: ${error?.message}`)
        // the API server was away while its etcd was copied
        .filter((line) => !/ECONNREFUSED|ECONNRESET/.test(line)),
      [],
    );
  });
});
