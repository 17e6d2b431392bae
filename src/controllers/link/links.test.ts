import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aSecret,
  condition,
  epoch,
  exportOnly,
  importing,
  over,
  withStatus,
} from '../../../test/gen/gen.js';
import { aRemote, aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { conditionOf } from '../../api/conditions.js';
import type { KubeObject } from '../../api/objects.js';
import type { Link } from '../../api/link.js';
import { ApiError, NetworkError } from '../../runtime/errors.js';
import { reconcileLink } from './links.js';
import { ClusterChangedError } from './contact.js';
import type { ApiPlan } from './remotes.js';

/** The least kubeconfig that is accepted; JSON is YAML. */
const kubeconfig = (cluster: object = {}, user: object = { token: 'secret-token' }) =>
  JSON.stringify({
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: 'https://paris:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });
const credentials = aSecret('link-paris', { kubeconfig: kubeconfig() });
const healthy =
  (...conditions: ReturnType<typeof condition>[]) =>
  (draft: Link) =>
    void (draft.status = { conditions });
const gatewayHealthy = healthy(condition('GatewayHealthy', 'True', 'Healthy'));
const signal = new AbortController().signal;

function paris(fake: FakeCluster, ...given: Parameters<typeof aRemote>): FakeCluster {
  fake.remotes.clusters.set('paris', aRemote({ version: 'v1.33.1', ...given[0] }));
  return fake;
}

const reconcile = (fake: FakeCluster, aborted = signal) => reconcileLink(fake)('paris', aborted);
const linkIn = (fake: FakeCluster) => fake.caches.links.get('paris');
const said = (fake: FakeCluster, type: string) => {
  const found = conditionOf(linkIn(fake), type);
  return `${found?.status} ${found?.reason}`;
};
const failing = (error: unknown) => ({ problem: { error, since: epoch } });

interface Case {
  objects: KubeObject[];
  remote?: Parameters<typeof aRemote>[0];
  connected: string;
  ready: string;
  says?: RegExp;
  calls?: string[];
}

const cases: Record<string, Case> = {
  'in contact, and the gateway answers': {
    objects: [aLink('paris', gatewayHealthy), credentials],
    remote: {},
    connected: 'True Connected',
    ready: 'True Ready',
    says: /https:\/\/paris:6443/,
    calls: ['ensure paris'],
  },
  'in contact, and nothing is known of the gateway': {
    objects: [aLink(), credentials],
    remote: {},
    connected: 'True Connected',
    ready: 'Unknown Pending',
  },
  'in contact, and the gateway does not answer': {
    objects: [aLink('paris', healthy(condition('GatewayHealthy', 'False', 'ProbeFailed'))), credentials],
    remote: {},
    connected: 'True Connected',
    ready: 'False ProbeFailed',
  },
  'in contact, and the peer is not known yet': {
    objects: [aLink('paris', healthy(condition('GatewayHealthy', 'Unknown', 'Pending'))), credentials],
    remote: {},
    connected: 'True Connected',
    ready: 'Unknown Pending',
  },
  'in contact, over a transport without a gateway': {
    objects: [
      aLink('paris', over('flat'), healthy(condition('GatewayHealthy', 'Unknown', 'NotUsed'))),
      credentials,
    ],
    remote: {},
    connected: 'True Connected',
    ready: 'True Ready',
  },
  'reading for the first time': {
    objects: [aLink(), credentials],
    remote: { synced: false },
    connected: 'Unknown Pending',
    ready: 'Unknown Pending',
  },
  'a Link that only exports': {
    objects: [aLink('paris', exportOnly, healthy(condition('GatewayHealthy', 'Unknown', 'NotUsed')))],
    connected: 'Unknown ExportOnly',
    ready: 'True Ready',
    calls: ['drop paris'],
  },
  'a Link that is not sound': {
    objects: [aLink('paris', over('linkerd')), credentials],
    connected: 'False InvalidSpec',
    ready: 'False InvalidSpec',
    says: /gateway\.addresses/,
  },
  'a Link without a spec': {
    objects: [{ ...aLink(), spec: undefined } as KubeObject],
    connected: 'False InvalidSpec',
    ready: 'False InvalidSpec',
  },
  'a Secret that is not there': {
    objects: [aLink()],
    connected: 'False CredentialsMissing',
    ready: 'False CredentialsMissing',
    says: /service-mirror\/link-paris does not exist.*linkerd\.io\/link-credentials/,
    calls: ['freeze paris'],
  },
  'a Secret without a kubeconfig': {
    objects: [aLink(), aSecret('link-paris', { config: 'x' })],
    connected: 'False CredentialsMissing',
    ready: 'False CredentialsMissing',
    says: /has no key "kubeconfig"/,
    calls: ['freeze paris'],
  },
  'a Secret of another type, which may not be meant for us': {
    objects: [
      aLink(),
      aSecret('link-paris', { kubeconfig: kubeconfig() }, (draft) => void (draft.type = 'Opaque')),
    ],
    connected: 'False CredentialsMissing',
    ready: 'False CredentialsMissing',
    says: /is of type Opaque/,
    calls: ['freeze paris'],
  },
  'a kubeconfig that is none': {
    objects: [aLink(), aSecret('link-paris', { kubeconfig: '{' })],
    connected: 'False CredentialsRejected',
    ready: 'False CredentialsRejected',
    says: /link-paris/,
    calls: ['freeze paris'],
  },
  'a kubeconfig that would run a program': {
    objects: [aLink(), aSecret('link-paris', { kubeconfig: kubeconfig({}, { exec: { command: 'sh' } }) })],
    connected: 'False CredentialsRejected',
    ready: 'False CredentialsRejected',
    says: /exec/,
    calls: ['freeze paris'],
  },
  'credentials that are not accepted': {
    objects: [aLink(), credentials],
    remote: failing(new ApiError('Unauthorized', { status: 401 })),
    connected: 'False CredentialsRejected',
    ready: 'False CredentialsRejected',
  },
  'rights that are missing': {
    objects: [aLink(), credentials],
    remote: failing(new ApiError('cannot list services', { status: 403 })),
    connected: 'False Forbidden',
    ready: 'False Forbidden',
    says: /cannot list services/,
  },
  'an API server that cannot be reached, though the gateway answers': {
    objects: [aLink('paris', gatewayHealthy), credentials],
    remote: failing(new NetworkError('refused', { code: 'ECONNREFUSED' })),
    connected: 'False Unreachable',
    ready: 'False Unreachable',
  },
  'another cluster': {
    objects: [aLink(), credentials],
    remote: failing(new ClusterChangedError('uid-paris', 'uid-lyon')),
    connected: 'False ClusterChanged',
    ready: 'False ClusterChanged',
  },
};

describe('reconcileLink() says of', () => {
  for (const [sentence, { objects, remote, connected, ready, says, calls }] of Object.entries(cases)) {
    it(sentence, async () => {
      const fake = aFakeCluster(...objects);
      if (remote !== undefined) paris(fake, remote);
      await reconcile(fake);
      assert.equal(said(fake, 'Connected'), connected);
      assert.equal(said(fake, 'Ready'), ready);
      if (says !== undefined) assert.match(conditionOf(linkIn(fake), 'Connected')?.message ?? '', says);
      if (calls !== undefined) assert.deepEqual(fake.remotes.calls, calls);
      assert.doesNotMatch(JSON.stringify(linkIn(fake)), /secret-token/);
      fake.written();
      await reconcile(fake);
      assert.deepEqual(fake.written(), [], 'a settled Link is written again');
    });
  }
});

describe('reconcileLink()', () => {
  it('counts the mirrors of its Link', async () => {
    const ready = withStatus({ conditions: [condition('Ready')] });
    const not = withStatus({ conditions: [condition('Ready', 'False', 'NotExported')] });
    const others = aMirror('c', (draft) => void (draft.spec.cluster = 'lyon'));
    const fake = paris(aFakeCluster(aLink(), credentials, aMirror('a', ready), aMirror('b', not), others));
    await reconcile(fake);
    assert.deepEqual(linkIn(fake)?.status?.mirrors, { total: 2, ready: 1, display: '1/2' });
  });

  it('pins the cluster that it found first, and asks for that one from then on', async () => {
    const fake = paris(aFakeCluster(aLink(), credentials));
    await reconcile(fake);
    assert.equal(linkIn(fake)?.status?.peer?.uid, 'uid-paris');
    assert.equal(linkIn(fake)?.status?.remoteVersion, 'v1.33.1');
    await reconcile(fake);
    assert.equal(fake.remotes.plans.get('paris')?.scope.pinnedUid, 'uid-paris');
  });

  it('keeps the pin while the cluster cannot be seen', async () => {
    const fake = paris(aFakeCluster(aLink(), credentials));
    await reconcile(fake);
    fake.remotes.clusters.delete('paris');
    fake.drop(credentials);
    await reconcile(fake);
    assert.equal(linkIn(fake)?.status?.peer?.uid, 'uid-paris');
  });

  it('pins no cluster that is ours', async () => {
    const fake = paris(aFakeCluster(aLink(), credentials), { uid: 'uid-london' });
    await reconcile(fake);
    assert.equal(linkIn(fake)?.status?.peer?.uid, undefined);
  });

  it('watches what the Link selects, with the credentials of the Secret', async () => {
    const link = aLink(
      'paris',
      importing({ selector: { matchLabels: { exported: 'true' } }, remoteNamespaces: ['shop'] }),
    );
    const fake = paris(aFakeCluster(link, credentials));
    await reconcile(fake);
    assert.deepEqual(fake.remotes.plans.get('paris'), {
      kubeconfig: kubeconfig(),
      verified: true,
      scope: { selector: 'exported=true', namespaces: ['shop'], identityIn: 'service-mirror' },
    });
  });

  it('reads no identity where there is no gateway, and knows what is not verified', async () => {
    const insecure = aSecret('link-paris', { kubeconfig: kubeconfig({ 'insecure-skip-tls-verify': true }) });
    const fake = paris(aFakeCluster(aLink('paris', over('flat')), insecure));
    await reconcile(fake);
    const plan = fake.remotes.plans.get('paris') as ApiPlan;
    assert.deepEqual(plan.scope, { namespaces: [] });
    assert.equal(plan.verified, false);
  });

  it('looks once a minute at what comes to its end without an event', async () => {
    assert.deepEqual(await reconcile(paris(aFakeCluster(aLink(), credentials))), { requeueAfter: 60_000 });
  });

  it('tells of a token that cannot be renewed, while it works', async () => {
    const fake = paris(aFakeCluster(aLink(), credentials));
    fake.renewal = { failure: 'it is forbidden' };
    await reconcile(fake);
    assert.equal(said(fake, 'Connected'), 'True CredentialsExpiring');
  });

  it('renews nothing while another cluster answers, or none', async () => {
    for (const error of [new ClusterChangedError('a', 'b'), new NetworkError('', { code: 'ECONNREFUSED' })]) {
      const fake = paris(aFakeCluster(aLink(), credentials), failing(error));
      const renewals = { ...fake.renewals, renew: () => assert.fail('it was asked') };
      await reconcileLink({ ...fake, renewals })('paris', signal);
    }
  });

  it('asks nothing of a Link that only exports', async () => {
    assert.equal(await reconcile(aFakeCluster(aLink('paris', exportOnly))), undefined);
  });

  it('keeps what was said while a restarted operator reads for the first time', async () => {
    const before = healthy(condition('Connected'), condition('Ready'), condition('GatewayHealthy'));
    const fake = paris(aFakeCluster(aLink('paris', before), credentials), { synced: false });
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
  });

  it('writes nothing when it is told to stop in the middle', async () => {
    const stop = new AbortController();
    const fake = paris(aFakeCluster(aLink(), credentials));
    const renew = async () => (stop.abort(), 'none' as const);
    await reconcileLink({ ...fake, renewals: { ...fake.renewals, renew } })('paris', stop.signal);
    assert.deepEqual(fake.written(), []);
  });
});
