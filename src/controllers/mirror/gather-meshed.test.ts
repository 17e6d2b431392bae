import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFakeCluster, aRemote, type FakeCluster } from '../../../test/gen/cluster.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  aSlice,
  annotated,
  endpoint,
  importing,
  labelled,
  named,
  of,
  ofClusters,
  over,
  port,
  spec,
  type Change,
} from '../../../test/gen/gen.js';
import { keys, managedBy } from '../../api/names.js';
import type { Link } from '../../api/link.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { decideService } from '../../mirror/service.js';

const gateway = { addresses: [{ host: '192.0.2.1', port: 4143 }], identity: 'gateway.linkerd' };
const meshed: Change<Link>[] = [over('linkerd'), spec({ gateway })];
const marks: Change<ServiceMirror>[] = [
  labelled({ [keys.managedBy]: managedBy }),
  annotated({ [keys.federatedService]: 'web' }),
];
const federated = (...clusters: Parameters<typeof ofClusters>) =>
  aMirror('web-federated', ...marks, of('x', 'default/web'), named('web-federated'), ofClusters(...clusters));

/** London with a mirror, Links to clusters that have `web`, and a `web` of its own. */
function london(
  mirror: ServiceMirror,
  links: Readonly<Record<string, readonly Change<Link>[]>>,
): FakeCluster {
  const own = Object.entries(links).map(([name, changes]) => aLink(name, ...changes));
  const fake = aFakeCluster(aNamespace(), mirror, ...own);
  const there = { services: [aService('web', port(80))], slices: [aSlice('web', endpoint('10.9.0.1'))] };
  for (const name of [...Object.keys(links), 'local']) fake.remotes.clusters.set(name, aRemote(there));
  return fake;
}

function metadataOf(fake: FakeCluster): { annotations: object; labels: object } {
  const input = fake.gather('default/web-federated');
  const decision = input && decideService(input);
  assert.ok(decision?.kind === 'write');
  const { annotations = {}, labels = {} } = decision.service.metadata;
  const ofLinkerd = (entries: object) =>
    Object.fromEntries(Object.entries(entries).filter(([key]) => /(mirror|multicluster)\.linkerd/.test(key)));
  return { annotations: ofLinkerd(annotations), labels: ofLinkerd(labels) };
}

describe('a federated mirror over transport linkerd', () => {
  const mirror = federated('paris', 'lyon', 'local');
  const found = {
    'multicluster.linkerd.io/remote-discovery': 'web@paris,web@lyon',
    'multicluster.linkerd.io/local-discovery': 'web',
  };

  it("names all its members as Linkerd's proxies read them", () => {
    const { annotations, labels } = metadataOf(london(mirror, { paris: meshed, lyon: meshed }));
    assert.deepEqual(annotations, found);
    assert.deepEqual(labels, { 'mirror.linkerd.io/mirrored-service': 'true' });
  });

  it('names only those that may serve, and have a weight', () => {
    const shut = [...meshed, importing({ namespaces: { matchLabels: { team: 'a' } } })];
    const { annotations } = metadataOf(london(mirror, { paris: meshed, lyon: shut }));
    const { 'multicluster.linkerd.io/remote-discovery': remotes } = annotations as typeof found;
    assert.equal(remotes, 'web@paris');
    const weightless = federated({ name: 'paris', weight: 0 }, 'lyon');
    assert.deepEqual(metadataOf(london(weightless, { paris: meshed, lyon: meshed })).annotations, {
      'multicluster.linkerd.io/remote-discovery': 'web@lyon',
    });
  });

  it('names none where a cluster is reached otherwise: proxies would not see it', () => {
    const fake = london(mirror, { paris: meshed, lyon: [over('flat')] });
    assert.ok(!('multicluster.linkerd.io/remote-discovery' in metadataOf(fake).annotations));
    assert.equal(fake.gather('default/web-federated')?.view.isMeshed, false);
  });

  it('is only what the operator has made: of others the clusters are called as their Links say', () => {
    const written = aMirror(
      'web-federated',
      ...[of('x', 'default/web'), named('web-federated'), ofClusters('paris', 'lyon')],
    );
    const fake = london(written, { paris: meshed, lyon: meshed });
    assert.equal(fake.gather('default/web-federated')?.view.isMeshed, false);
  });
});
