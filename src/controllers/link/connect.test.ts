import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import {
  aLink,
  byCatalog,
  exportOnly,
  importing,
  of,
  aMirror,
  spec,
  type Change,
} from '../../../test/gen/gen.js';
import { aRemote } from '../../../test/gen/remotes.js';
import { createDuty } from '../duty.js';
import type { Link } from '../../api/link.js';
import { connect } from './connect.js';
import { kubeconfigReader } from './kubeconfigs.js';
import { CatalogError, ClusterChangedError } from './contact.js';
import type { CatalogPlan } from './remotes.js';

const peer = { cluster: 'paris-1', caBundle: 'pem' };
const aCatalogLink = (...changes: readonly Change<Link>[]) =>
  aLink('paris', byCatalog(peer, '192.0.2.1', 'gateway.example.com'), ...changes);

const connected = (fake: FakeCluster, link: Link) =>
  connect(link, { ...fake, readKubeconfig: kubeconfigReader() }, new AbortController().signal);

describe('connect() to the gateway of a pinned peer', () => {
  it('reads its catalog, with what the Link selects', async () => {
    const fake = aFakeCluster();
    const selector = { matchLabels: { a: 'b' } };
    const link = aCatalogLink(
      importing({ selector, remoteNamespaces: ['shop'] }),
      (draft) => (draft.status = { peer: { uid: 'uid-paris' } }),
    );
    await connected(fake, link);
    assert.deepEqual(fake.remotes.plans.get('paris'), {
      peer: {
        ...{ cluster: 'paris-1', caBundle: 'pem', timeout: 2_000 },
        addresses: [
          { host: '192.0.2.1', port: 4143 },
          { host: 'gateway.example.com', port: 4143 },
        ],
      },
      scope: { selector, namespaces: ['shop'], pinnedUid: 'uid-paris' },
    });
  });

  const states: Record<string, [Partial<Parameters<typeof aRemote>[0]>, string, RegExp]> = {
    'all is read': [{}, 'True Connected', /^reads from the gateway of cluster "paris-1" what that exports/],
    'nothing is read yet': [{ synced: false }, 'Unknown Pending', /for the first time/],
    'the gateway does not answer': [
      { problem: { error: new CatalogError('Unreachable', 'nobody is there'), since: 0 } },
      'False Unreachable',
      /^nobody is there$/,
    ],
    'the peer does not know us': [
      { problem: { error: new CatalogError('Forbidden', 'pin us'), since: 0 } },
      'False Forbidden',
      /^pin us$/,
    ],
    'we have no certificate yet': [
      { problem: { error: new CatalogError('Pending', 'wait'), since: 0 }, synced: false },
      'Unknown Pending',
      /^wait$/,
    ],
    'another cluster answers': [
      { problem: { error: new ClusterChangedError('a', 'b'), since: 0 } },
      'False ClusterChanged',
      /delete the Link/,
    ],
  };
  for (const [name, [remote, wanted, message]] of Object.entries(states))
    it(`says so when ${name}`, async () => {
      const fake = aFakeCluster();
      fake.remotes.clusters.set('paris', aRemote(remote));
      const { type, status, reason, message: said } = await connected(fake, aCatalogLink());
      assert.deepEqual([type, `${status} ${reason}`], ['Connected', wanted]);
      assert.match(said, message);
    });

  it('reads nothing of this very cluster', async () => {
    const fake = aFakeCluster();
    const link = aLink('paris', byCatalog({ cluster: fake.self.cluster, caBundle: 'pem' }, '192.0.2.1'));
    assert.equal((await connected(fake, link)).reason, 'SelfLink');
    assert.deepEqual(fake.remotes.calls, ['freeze paris']);
  });

  it('reads nothing without an address, or without a pin', async () => {
    const addresses = [{ host: '192.0.2.1', port: 4143 }];
    for (const change of [spec({ peer }), spec({ gateway: { addresses } })]) {
      const fake = aFakeCluster();
      assert.equal((await connected(fake, aLink('paris', exportOnly, change))).reason, 'ExportOnly');
      assert.deepEqual(fake.remotes.calls, ['drop paris']);
    }
  });

  it('leaves the Links of other shares alone, unless a mirror of its own needs one', async () => {
    for (const [objects, calls] of [
      [[], ['drop paris']],
      [[aMirror('both', of('paris', 'default/web'))], ['ensure paris']],
    ] as const) {
      const fake = aFakeCluster(...objects);
      const duty = { ...createDuty({ index: 0, count: 1 }, fake.caches), hasLink: () => false };
      await connected({ ...fake, duty }, aCatalogLink());
      assert.deepEqual(fake.remotes.calls, calls);
    }
  });

  it('goes by a fingerprint, and by the CAs that the peer has proven with it', async () => {
    const fingerprint = `sha256:${'ab'.repeat(32)}`;
    const link = aLink('paris', byCatalog({ cluster: 'paris-1', fingerprint }, '192.0.2.1'));
    const fake = aFakeCluster(link);
    await connected(fake, link);
    const planned = () => (fake.remotes.plans.get('paris') as CatalogPlan).peer;
    assert.deepEqual([planned().fingerprint, planned().caBundle], [fingerprint, undefined]);
    const known = { link: 'paris', cluster: 'paris-1', caBundle: 'proven', addresses: [] };
    const probe = { period: 1, timeout: 1, failureThreshold: 1, successThreshold: 1 };
    const peer = () => ({ kind: 'peer', peer: { ...known, probe } }) as const;
    await connected({ ...fake, registry: { ...fake.registry, peer } }, link);
    assert.deepEqual([planned().fingerprint, planned().caBundle], [fingerprint, 'proven']);
  });

  it('asks who the peer of a fingerprint is, and no more, where it writes down the peers of all shares', async () => {
    const fingerprint = `sha256:${'ab'.repeat(32)}`;
    const link = aLink('paris', byCatalog({ cluster: 'paris-1', fingerprint }, '192.0.2.1'));
    for (const [index, calls] of [
      [0, ['ensure paris']],
      [1, ['drop paris']],
    ] as const) {
      const fake = aFakeCluster(link);
      const duty = { hasLink: () => false, reads: () => false, share: { index, count: 2 } };
      await connect(
        link,
        { ...fake, duty, readKubeconfig: kubeconfigReader() },
        new AbortController().signal,
      );
      assert.deepEqual(fake.remotes.calls, calls);
      assert.equal(
        (fake.remotes.plans.get('paris') as CatalogPlan | undefined)?.scope.services,
        index === 0 ? false : undefined,
      );
    }
  });
});
