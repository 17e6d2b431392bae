import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aLink, aSecret } from '../../../test/gen/gen.js';
import { aFakeCluster, aRemote } from '../../../test/gen/cluster.js';
import { aToken } from '../../../test/gen/token.js';
import { parseRemote } from '../../runtime/remotekubeconfig.js';
import { kubeconfigReader } from './kubeconfigs.js';
import { reconcileLink } from './links.js';

const kubeconfig = JSON.stringify({
  'current-context': 'c',
  clusters: [{ name: 'c', cluster: { server: 'https://paris:6443' } }],
  users: [{ name: 'u', user: { token: aToken() } }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
});

test('a kubeconfig is parsed once, however often its Link is reconciled, and again when the Secret changes', async () => {
  for (const [text, ensured] of [
    [kubeconfig, true],
    ['[]', false],
  ] as const) {
    let parses = 0;
    const readKubeconfig = kubeconfigReader((its) => {
      parses += 1;
      return parseRemote(its);
    });
    const fake = aFakeCluster(aLink(), aSecret('link-paris', { kubeconfig: text }));
    fake.remotes.clusters.set('paris', aRemote({ uid: 'uid-paris' }));
    const reconcile = reconcileLink({ ...fake, readKubeconfig });
    const { signal } = new AbortController();
    for (let round = 0; round < 3; round += 1) await reconcile('paris', signal);
    assert.equal(parses, 1);
    fake.put(aSecret('link-paris', { kubeconfig: text }));
    await reconcile('paris', signal);
    assert.equal(parses, 2);
    assert.equal(fake.remotes.calls.includes('ensure paris'), ensured);
  }
});
