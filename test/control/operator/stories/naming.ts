import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointSlices, serviceMirrors, services } from '../../../../src/api/resources.js';
import { aMirror, aService, aSlice, endpoint, labelled, named, of, port } from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** Whose a name is, and that nothing of others is touched. */
export function naming(clusters: () => OperatorClusters): void {
  const theirs = {
    'a Service of somebody else': [],
    'a Service that only carries our labels': [
      labelled({
        'app.kubernetes.io/managed-by': 'service-mirror',
        'linkerd.io/service-mirror': 'hello-mirror',
      }),
    ],
  };
  for (const [index, [whose, changes]] of Object.entries(theirs).entries()) {
    test(`${whose} keeps its name untouched, and the mirror appears when it goes`, async () => {
      const { london, paris } = await clusters().namespace(`foreign-${index}`);
      await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
      await london.applies(aService('hello', port(8080), ...changes), aSlice('hello', endpoint('10.8.0.1')));
      const before = [await london.service('hello'), await london.slices('hello')];

      await london.applies(aMirror('hello-mirror'));
      const mirror = await london.mirrorSays(
        'hello-mirror',
        'Accepted=False/NameConflict',
        'Synced=False/NameConflict',
        'EndpointsReady=False/NameConflict',
        'Ready=False/NameConflict',
      );
      assert.match(messageOf(mirror), /delete or rename it, or make a mirror with another spec.name/);
      assert.equal(mirror.status?.service, undefined);
      // what happens in Paris makes no difference to it either
      await paris.applies(aSlice('hello', endpoint('10.9.0.1'), endpoint('10.9.0.2')));
      await eventually(async () => {
        const { endpoints } = (await london.get(serviceMirrors, 'hello-mirror')).status ?? {};
        assert.equal(endpoints?.total, 2);
      });
      assert.deepEqual([await london.service('hello'), await london.slices('hello')], before);

      await london.deletes(services, 'hello');
      await london.deletes(endpointSlices, 'hello-abc12');
      await london.mirrorSays('hello-mirror', 'Accepted=True', 'Ready=True');
      await london.hasEndpoints('hello', '10.9.0.1', '10.9.0.2');
    });
  }

  test('of two mirrors that want one name the first has it, and the other when the first goes', async () => {
    const { london, paris } = await clusters().namespace('rivals');
    await paris.applies(
      aService('hello', port(80)),
      aSlice('hello', endpoint('10.9.0.1')),
      aService('other', port(81)),
    );
    await london.applies(aMirror('first'));
    await london.mirrorSays('first', 'Ready=True');
    await london.applies(aMirror('second', of('paris', 'rivals/other'), named('hello')));
    const mirror = await london.mirrorSays('second', 'Ready=False/NameConflict');
    assert.match(messageOf(mirror), /belongs to ServiceMirror "first"/);
    await london.mirrorSays('first', 'Ready=True');

    await london.deletes(serviceMirrors, 'first');
    await london.mirrorSays('second', 'Accepted=True', 'Synced=True');
    const { spec, metadata } = await london.service('hello');
    assert.deepEqual(
      spec.ports?.map((each) => each.port),
      [81],
    );
    assert.equal(metadata.ownerReferences?.[0]?.name, 'second');
    await london.hasEndpoints('hello');
  });

  test('a mirror that is deleted takes its slices, then its Service with it', async () => {
    const { london, paris } = await clusters().namespace('deleting');
    const pods = Array.from({ length: 450 }, (_, index) => endpoint(`10.9.${index >> 8}.${index & 255}`));
    await paris.applies(aService('hello', port(80)), aSlice('hello', ...pods));
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    await eventually(async () => assert.equal((await london.slices('hello')).length, 5));
    const theirs = aSlice('hello', endpoint('10.9.0.77'));
    await london.applies(theirs);

    const mark = await clusters().london.audit.mark();
    await london.deletes(serviceMirrors, 'hello-mirror');
    await eventually(async () => assert.ok(await london.isGone(services, 'hello')), 2_000);
    const written = await eventually(async () => {
      const writes = await clusters().london.writtenSince(mark, london);
      assert.equal(writes.filter(({ resource }) => resource === 'services').length, 1);
      return writes;
    });
    const gone = written.find(({ resource }) => resource === 'services');
    const slices = written.filter(({ resource }) => resource === 'endpointslices');
    assert.deepEqual([slices.length, written.length], [5, 6]);
    for (const { doneAt } of slices) assert.ok((gone?.at ?? 0) >= doneAt, 'the Service did not wait');
    assert.equal(await london.isGone(endpointSlices, theirs.metadata.name), false);
  });

  test('a Service that somebody takes away from its mirror is somebody else’s', async () => {
    const { london, paris } = await clusters().namespace('taken');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');

    const taken = await london.edits(services, 'hello', { metadata: { ownerReferences: null } });
    await london.mirrorSays('hello-mirror', 'Ready=False/NameConflict');
    await london.deletes(serviceMirrors, 'hello-mirror');
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=False/NameConflict');
    assert.deepEqual(await london.service('hello'), taken);
  });
}
