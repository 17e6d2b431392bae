import assert from 'node:assert/strict';
import { test } from 'node:test';
import { london } from '../../../test/gen/automatic.js';
import { aLink, aService, importing, labelled } from '../../../test/gen/gen.js';
import { keys } from '../../api/names.js';
import { reconcileImports } from './imports.js';

test('reconcileImports() makes a mirror for a Link, and a federated one where a key names none', async () => {
  const web = aService('web', labelled({ team: 'a', [keys.federated]: 'member' }));
  const selector = { matchLabels: { team: 'a' } };
  const fake = london([web], aLink('paris', importing({ automatic: true, selector, federated: {} })));
  const reconcile = reconcileImports(fake);
  await reconcile('paris|default/web');
  await reconcile('|default/web');
  assert.deepEqual(fake.written(), [
    'create servicemirrors default/web-paris',
    'create servicemirrors default/web-federated',
  ]);
});
