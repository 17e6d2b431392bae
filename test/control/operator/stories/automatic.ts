import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllingLink } from '../../../../src/api/owner.js';
import { links, serviceMirrors, services } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import { messageOf } from '../../../driver/conditions.js';
import { aMirror, aService, importing, labelled, named, of, port } from '../../../gen/gen.js';
import type { OperatorClusters } from '../clusters.js';
import { automaticLinks } from './automaticlinks.js';

/** Automatic mirrors come, change and go as the remote Services do. */
export function automatic(clusters: () => OperatorClusters): void {
  const { linked, mirrorsAre } = automaticLinks(clusters);

  test('a selected Service gets a mirror that the Link owns, and another one does not', async () => {
    const { london, paris } = await clusters().namespace('auto');
    const selected = await linked('auto');
    await paris.applies(...selected('web'), aService('other', port(80)));
    const mirror = await london.mirrorSays('web-auto', 'Ready=True');
    assert.equal(controllingLink(mirror)?.name, 'auto');
    assert.deepEqual(mirror.spec.service, { name: 'web', namespace: 'auto' });
    await london.hasEndpoints('web-auto', '10.9.0.1');
    await mirrorsAre(london, 'web-auto');

    await paris.edits(services, 'web', { metadata: { labels: { team: null } } });
    await mirrorsAre(london);
    await eventually(async () => assert.ok(await london.isGone(services, 'web-auto')));
    await paris.edits(services, 'web', { metadata: { labels: { team: 'auto' } } });
    await london.mirrorSays('web-auto', 'Ready=True');
  });

  test('a namespace that is missing is told of, and the mirror comes when it does', async () => {
    const selected = await linked('auto-late');
    const { paris } = clusters();
    await paris.kubectl('create', 'namespace', 'auto-late');
    await paris.in('auto-late').applies(...selected('web'));
    await eventually(async () => {
      const link = await clusters().london.get(links, 'auto-late');
      assert.deepEqual(link.status?.imports, {
        ...{ mirrors: 0, missing: 1, held: 0, display: '0/1' },
        reasons: 'NamespaceMissing 1',
      });
      assert.deepEqual(await clusters().london.events(link), ['NamespaceMissing']);
    });
    await clusters().london.kubectl('create', 'namespace', 'auto-late');
    await clusters().london.in('auto-late').mirrorSays('web-auto-late', 'Ready=True');
  });

  test('a mirror that somebody wrote comes first, and the automatic one comes back after it', async () => {
    const { london, paris } = await clusters().namespace('auto-rival');
    const selected = await linked('auto-rival');
    await paris.applies(...selected('web'));
    await london.mirrorSays('web-auto-rival', 'Ready=True');

    const written = aMirror('mine', of('paris', 'auto-rival/web'), named('web-auto-rival'));
    await london.applies(written);
    await london.mirrorSays('mine', 'Ready=True');
    await mirrorsAre(london, 'mine');
    await eventually(async () => {
      const link = await london.get(links, 'auto-rival');
      assert.equal(link.status?.imports?.reasons, 'NameConflict 1');
    });

    await london.deletes(serviceMirrors, 'mine');
    await london.mirrorSays('web-auto-rival', 'Ready=True');
  });

  test('another template gives other names, and a cluster IP stays where the name does', async () => {
    const { london, paris } = await clusters().namespace('auto-names');
    const selected = await linked('auto-names');
    await paris.applies(...selected('web'));
    await london.mirrorSays('web-auto-names', 'Ready=True');
    const before = await london.service('web-auto-names');

    const template = '{service}-auto-names';
    const { metadata } = await london.edits(links, 'auto-names', {
      spec: { imports: { nameTemplate: template } },
    });
    await eventually(async () => {
      const { status } = await london.get(links, 'auto-names');
      assert.equal(status?.observedGeneration, metadata.generation);
    });
    assert.deepEqual(await london.service('web-auto-names'), before);
    await london.edits(links, 'auto-names', { spec: { imports: { nameTemplate: 'paris-{service}' } } });
    await london.mirrorSays('paris-web', 'Ready=True');
    await mirrorsAre(london, 'paris-web');
    await london.edits(links, 'auto-names', { spec: { imports: { nameTemplate: null } } });
    await london.mirrorSays('web-auto-names', 'Ready=True');
    await mirrorsAre(london, 'web-auto-names');
  });

  test('an automatic mirror that somebody changes or deletes is as before', async () => {
    const { london, paris } = await clusters().namespace('auto-drift');
    const selected = await linked('auto-drift');
    await paris.applies(...selected('web'));
    await london.mirrorSays('web-auto-drift', 'Ready=True');
    const before = await london.service('web-auto-drift');
    await london.edits(serviceMirrors, 'web-auto-drift', { spec: { service: { name: 'else' } } });
    await eventually(async () => {
      const { spec } = await london.get(serviceMirrors, 'web-auto-drift');
      assert.equal(spec.service.name, 'web');
    });
    await london.mirrorSays('web-auto-drift', 'Ready=True');
    const after = await london.service('web-auto-drift');
    assert.deepEqual(
      [after.metadata.uid, after.spec.clusterIP],
      [before.metadata.uid, before.spec.clusterIP],
    );
    const { metadata } = await london.get(serviceMirrors, 'web-auto-drift');
    await london.deletes(serviceMirrors, 'web-auto-drift');
    const again = await london.mirrorSays('web-auto-drift', 'Ready=True');
    assert.notEqual(again.metadata.uid, metadata.uid);
  });

  test('mirrors whose Services are all gone at once are kept until somebody lets them go', async () => {
    const { london, paris } = await clusters().namespace('auto-held');
    const selected = await linked('auto-held');
    const names = Array.from({ length: 11 }, (_, n) => `web-${n}`);
    for (const name of names) await paris.applies(...selected(name));
    await mirrorsAre(london, ...names.map((name) => `${name}-auto-held`).toSorted());
    for (const name of names) await london.mirrorSays(`${name}-auto-held`, 'Ready=True');

    await clusters().paris.kubectl('delete', 'services', '-n', 'auto-held', '--all');
    const link = await london.linkSays('auto-held', 'Ready=False/DeletionHeld');
    assert.notDeepEqual(await london.list(serviceMirrors), []);
    const [command] = /kubectl .*$/.exec(messageOf(link)) ?? [''];
    await clusters().london.kubectl(...command.split(' ').slice(1));
    await mirrorsAre(london);
    await london.linkSays('auto-held', 'Connected=True');
  });

  test('of two Links that want one name, the one that has it keeps it until it goes', async () => {
    const { london, paris } = await clusters().namespace('auto-twice');
    const nameTemplate = '{service}-twice';
    const selector = { matchLabels: { team: 'auto-twice' } };
    const selected = await linked('auto-twice', { nameTemplate });
    await paris.applies(...selected('web'));
    const first = await london.mirrorSays('web-twice', 'Ready=True');
    await linked('auto-second', { nameTemplate, selector });
    const reasons = async () => (await london.get(links, 'auto-second')).status?.imports?.reasons;
    await eventually(async () => assert.equal(await reasons(), 'NameConflict 1'));
    assert.equal((await london.get(serviceMirrors, 'web-twice')).metadata.uid, first.metadata.uid);
    await london.deletes(links, 'auto-twice');
    await eventually(async () => {
      const { spec } = await london.get(serviceMirrors, 'web-twice');
      assert.equal(spec.cluster, 'auto-second');
    });
    await eventually(async () => assert.equal(await reasons(), undefined));
  });

  test('a mirror is never mirrored, also where its labels are selected', async () => {
    const { london } = await clusters().namespace('auto-self');
    const selector = { matchLabels: { team: 'auto-self' } };
    const toItself = await clusters().london.access('peer-london');
    await clusters().link('auto-self', toItself, importing({ selector, automatic: true }));
    for (const name of ['web', 'late']) {
      await london.applies(aService(name, port(80), labelled({ team: 'auto-self' })));
      await eventually(async () => {
        const { metadata } = await london.service(`${name}-auto-self`);
        assert.equal(metadata.labels?.['team'], 'auto-self');
      });
    }
    await mirrorsAre(london, 'late-auto-self', 'web-auto-self');
  });

  test('a Link that is automatic no more, or is deleted, takes its mirrors with it and no others', async () => {
    const { london, paris } = await clusters().namespace('auto-gone');
    const selected = await linked('auto-gone');
    await paris.applies(...selected('web'));
    await london.applies(aMirror('mine', of('auto-gone', 'auto-gone/web')));
    await london.mirrorSays('web-auto-gone', 'Ready=True');
    await london.edits(links, 'auto-gone', { spec: { imports: { automatic: false } } });
    await mirrorsAre(london, 'mine');
    await london.edits(links, 'auto-gone', { spec: { imports: { automatic: true } } });
    await london.mirrorSays('web-auto-gone', 'Ready=True');
    await london.deletes(links, 'auto-gone');
    await mirrorsAre(london, 'mine');
  });
}

/** Automatic mirrors of a Link that goes while no operator runs. */
export function unattended(
  clusters: () => OperatorClusters,
  restarted: (whileDown: () => Promise<void>) => Promise<void>,
) {
  test('mirrors of a Link that went while no operator ran are removed at its start, and no others', async () => {
    const { london, paris } = await clusters().namespace('auto-down');
    const selector = { matchLabels: { team: 'auto-down' } };
    const kubeconfig = await clusters().paris.access('peer-london');
    await clusters().link('auto-down', kubeconfig, importing({ selector, automatic: true }));
    const names = Array.from({ length: 30 }, (_, n) => `web-${n}`);
    await paris.creates(...names.map((name) => aService(name, port(80), labelled({ team: 'auto-down' }))));
    await london.applies(aMirror('mine', of('auto-down', 'auto-down/web-0')));
    const mirrors = async () => (await london.list(serviceMirrors)).length;
    await eventually(async () => assert.equal(await mirrors(), 31));
    await restarted(() => london.deletes(links, 'auto-down'));
    await eventually(async () => assert.equal(await mirrors(), 1));
    assert.ok(!(await london.isGone(serviceMirrors, 'mine')));
  });
}
