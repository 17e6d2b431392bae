import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllingLink } from '../../../../src/api/owner.js';
import { links, serviceMirrors } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import { aMirror, named, of } from '../../../gen/gen.js';
import type { OperatorClusters } from '../clusters.js';
import { automaticLinks } from './automaticlinks.js';

/** What people write over and beside automatic mirrors. */
export function handwritten(clusters: () => OperatorClusters): void {
  const { linked, mirrorsAre } = automaticLinks(clusters);

  for (const [how, name] of [
    ['kubectl apply', 'client'],
    ['kubectl apply --server-side', 'server'],
  ] as const)
    test(`a manifest applied over an automatic mirror wins and stays: ${how}`, async () => {
      const { london, paris } = await clusters().namespace(`hand-${name}`);
      const selected = await linked(`hand-${name}`);
      await paris.applies(...selected('web'), ...selected('else'));
      const mirror = `web-hand-${name}`;
      await london.mirrorSays(mirror, 'Ready=True');
      await london.mirrorSays(`else-hand-${name}`, 'Ready=True');
      const before = await london.service(mirror);

      const written = aMirror(mirror, named(mirror), of('paris', `hand-${name}/else`));
      const { apiVersion, kind, spec } = written;
      const manifest = { apiVersion, kind, metadata: { name: mirror, namespace: `hand-${name}` }, spec };
      const flags = name === 'server' ? ['--server-side', '--force-conflicts'] : [];
      await clusters().london.kubectl.apply(JSON.stringify(manifest), ...flags);
      await eventually(async () => {
        const now = await london.get(serviceMirrors, mirror);
        assert.equal(controllingLink(now), undefined);
        assert.equal(now.status?.source?.display, `hand-${name}/else`);
        assert.ok((await london.events(now)).includes('Released'));
      });
      assert.equal((await london.service(mirror)).spec.clusterIP, before.spec.clusterIP);
      await eventually(async () => {
        const { status } = await london.get(links, `hand-${name}`);
        assert.equal(status?.imports?.reasons, 'NameConflict 1');
      });

      await london.deletes(links, `hand-${name}`);
      await mirrorsAre(london, mirror);
      assert.equal((await london.get(serviceMirrors, mirror)).spec.service.name, 'else');
    });

  test('a manifest of the same spec wins, too, and the automatic one comes back after it', async () => {
    const { london, paris } = await clusters().namespace('hand-same');
    const selected = await linked('hand-same');
    await paris.applies(...selected('web'));
    const { metadata, spec } = await london.mirrorSays('web-hand-same', 'Ready=True');
    await london.applies(aMirror('web-hand-same', (draft) => (draft.spec = spec)));
    await eventually(async () =>
      assert.equal(controllingLink(await london.get(serviceMirrors, 'web-hand-same')), undefined),
    );
    await london.deletes(serviceMirrors, 'web-hand-same');
    await eventually(async () => {
      const again = await london.mirrorSays('web-hand-same', 'Ready=True');
      assert.equal(controllingLink(again)?.name, 'hand-same');
      assert.notEqual(again.metadata.uid, metadata.uid);
    });
  });

  test('an edit is undone, and an Event says how to keep it', async () => {
    const { london, paris } = await clusters().namespace('hand-edit');
    const selected = await linked('hand-edit');
    await paris.applies(...selected('web'));
    await london.mirrorSays('web-hand-edit', 'Ready=True');
    await london.edits(serviceMirrors, 'web-hand-edit', { spec: { service: { name: 'else' } } });
    await eventually(async () => {
      const mirror = await london.get(serviceMirrors, 'web-hand-edit');
      assert.equal(mirror.spec.service.name, 'web');
      assert.ok((await london.events(mirror)).includes('Undone'));
    });
  });

  test('a copy under another name that wants the same Service stays, and one of its own goes with an Event', async () => {
    const { london, paris } = await clusters().namespace('hand-copy');
    const selected = await linked('hand-copy');
    await paris.applies(...selected('web'));
    const { spec, metadata } = await london.mirrorSays('web-hand-copy', 'Ready=True');
    const { ownerReferences = [], annotations = {}, labels = {} } = metadata;
    const copy = (name: string, local: string) => ({
      ...aMirror(name, (draft) => (draft.spec = { ...spec, name: local })),
      metadata: { name, namespace: 'default', ownerReferences, annotations, labels },
    });
    const other = copy('other', 'other');
    await london.creates(other);
    await mirrorsAre(london, 'web-hand-copy');
    await eventually(async () =>
      assert.deepEqual(
        await london.events({ ...other, metadata: { ...other.metadata, namespace: 'hand-copy' } }),
        ['Removed'],
      ),
    );
    await london.creates(copy('same', 'web-hand-copy'));
    await mirrorsAre(london, 'same');
    await london.mirrorSays('same', 'Ready=True');
  });
}
