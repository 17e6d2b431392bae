import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { automatic, london, made, reconcile, web } from '../../../test/gen/automatic.js';
import { annotated, named, of, type Change } from '../../../test/gen/gen.js';
import type { ServiceMirror } from '../../api/servicemirror.js';

const unlabelled: Change<ServiceMirror> = ({ metadata }) => {
  metadata.labels = {};
};

describe('reconcileAutomatic(), where somebody writes, too,', () => {
  it('tells of a change that it undoes, and of none where only other fields are set', async () => {
    const fake = london([web], made('web-paris', automatic(), of('paris', 'default/else')));
    await reconcile(fake);
    assert.deepEqual(fake.told, ['Warning Undone']);
    const bare = london([web], made('web-paris', automatic(), unlabelled));
    await reconcile(bare);
    assert.deepEqual(bare.written(), ['patch servicemirrors default/web-paris']);
    assert.deepEqual(bare.told, []);
  });

  it('leaves a mirror over which somebody has applied a manifest, whatever becomes of Service and Link', async () => {
    const client = annotated({ 'kubectl.kubernetes.io/last-applied-configuration': '{}' });
    const server: Change<ServiceMirror> = ({ metadata }) => {
      metadata.managedFields = [{ manager: 'kubectl', operation: 'Apply' }];
    };
    for (const applied of [client, server]) {
      const fake = london([web], made('web-paris', automatic(), of('paris', 'default/else'), applied));
      await reconcile(fake);
      assert.deepEqual(fake.written(), ['patch servicemirrors default/web-paris']);
      assert.deepEqual(fake.told, ['Normal Released', 'Warning NameConflict']);
      const { metadata, spec } = fake.caches.mirrors.get('default/web-paris')!;
      assert.deepEqual([metadata.ownerReferences, spec.service.name], [[], 'else']);
      fake.remotes.clusters.get('paris')!.services = [];
      fake.drop(automatic());
      await reconcile(fake);
      assert.deepEqual(fake.written(), []);

      const gone = london([], made('web-paris', automatic(), applied));
      gone.drop(automatic());
      await reconcile(gone);
      assert.deepEqual(gone.written(), ['patch servicemirrors default/web-paris']);
    }
  });

  it('gives way to a copy under another name, and removes one whose Service has another name, too', async () => {
    const copy = made('copy', automatic(), named('web-paris'));
    const first = london([web], made(), copy);
    await reconcile(first);
    assert.deepEqual(first.written(), ['remove servicemirrors default/web-paris']);
    const second = london([web], made(), made('copy'));
    await reconcile(second);
    assert.deepEqual(second.written(), ['remove servicemirrors default/copy']);
    assert.deepEqual(second.told, ['Warning Removed']);
  });
});
