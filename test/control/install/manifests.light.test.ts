import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { CommandFailed, run } from '../../../tools/clusters/exec.js';
import { startLight, type LightCluster } from '../../../tools/clusters/light.js';
import { kubectlOf, type Kubectl } from '../../../tools/clusters/kubectl.js';

/** Who asks: ServiceAccounts of the namespace service-mirror. */
type Account = 'service-mirror-operator' | 'service-mirror-egress' | 'service-mirror-ingress' | 'peer-london';

interface Grants {
  /** As `kubectl auth can-i` takes them; `-A` asks for all namespaces. */
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
}

interface PodTemplate {
  readonly metadata: object;
  readonly spec: object;
}

const grants: Readonly<Record<Account, Grants>> = {
  'service-mirror-operator': {
    may: [
      'create services -A',
      'delete endpointslices.discovery.k8s.io -A',
      'create servicemirrors.linkerd.io -A',
      'patch links.linkerd.io --subresource=status',
      'get namespace/kube-system',
      'watch nodes',
      'get secrets -n service-mirror',
      'update leases.coordination.k8s.io/service-mirror-operator -n service-mirror',
    ],
    mayNot: [
      'list secrets -A',
      'delete secrets -n service-mirror',
      'update servicemirrors.linkerd.io -A',
      'deletecollection servicemirrors.linkerd.io -A',
      'patch links.linkerd.io',
      'delete links.linkerd.io',
      'update leases.coordination.k8s.io/another -n service-mirror',
      'get namespace/default',
    ],
  },
  'service-mirror-egress': {
    may: ['watch servicemirrors.linkerd.io -A', 'list secret/service-mirror-egress-tls -n service-mirror'],
    mayNot: [
      'list secret/service-mirror-ca -n service-mirror',
      'list secret/service-mirror-ingress-tls -n service-mirror',
      'list services -A',
      'list links.linkerd.io',
    ],
  },
  'service-mirror-ingress': {
    may: [
      'watch services -A',
      'watch endpointslices.discovery.k8s.io -A',
      'get pods -A',
      'watch links.linkerd.io',
      'watch validatingwebhookconfigurations.admissionregistration.k8s.io',
      'watch apiservices.apiregistration.k8s.io',
      'list configmap/service-mirror-peers -n service-mirror',
    ],
    mayNot: [
      'list secret/service-mirror-ca -n service-mirror',
      'list secret/service-mirror-egress-tls -n service-mirror',
      'patch services -A',
      'patch endpointslices.discovery.k8s.io -A',
      'list pods -A',
    ],
  },
  'peer-london': {
    may: [
      'watch services -A',
      'watch endpointslices.discovery.k8s.io -A',
      'get namespace/kube-system',
      'watch configmap/service-mirror-identity -n service-mirror',
      'create serviceaccounts/peer-london --subresource=token -n service-mirror',
    ],
    mayNot: [
      'create serviceaccounts/peer-berlin --subresource=token -n service-mirror',
      'get configmap/service-mirror-peers -n service-mirror',
      'list secrets -n service-mirror',
      'list pods -A',
      'list nodes',
      'patch services -A',
      'list servicemirrors.linkerd.io -A',
    ],
  },
};

suite('the manifests on an empty cluster', () => {
  let cluster: LightCluster;
  let kubectl: Kubectl;

  before(async () => {
    cluster = await startLight();
    kubectl = await kubectlOf(cluster.kubeconfig);
  });
  after(() => cluster.stop());

  /** Name and generation of everything whose spec is versioned. */
  const generations = () =>
    kubectl(
      ...['get', 'deployments,poddisruptionbudgets,networkpolicies,crds', '-A', '-o'],
      'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.generation}{"\\n"}{end}',
    );

  test('install in one go, and change nothing the second time', async () => {
    await kubectl('apply', '-f', 'manifests');
    const first = await generations();
    // kubectl says "configured" of every PodDisruptionBudget: it always sends the selector, which is replaced as a whole
    const again = (await kubectl('apply', '-f', 'manifests')).trim().split('\n');
    assert.deepEqual(
      again.filter((line) => !line.endsWith(' unchanged') && !line.startsWith('poddisruptionbudget')),
      [],
    );
    assert.equal(await generations(), first);
    assert.match(first, /Deployment\/service-mirror-operator 1\n/);
  });

  test('leave the access of a peer to those who ask for it', async () => {
    await assert.rejects(kubectl('get', 'clusterrole', 'service-mirror-peer'));
    await kubectl('apply', '-f', 'manifests/peer-access');
    await kubectl('get', 'clusterrole', 'service-mirror-peer');
    await kubectl.apply(await run(['sh', 'examples/peer-access.sh', 'london']));
  });

  test('can be joined by the NetworkPolicies that docs/networks.md shows', async () => {
    const blocks = (await readFile('docs/networks.md', 'utf8')).matchAll(/^```yaml\n(.*?)^```$/gms);
    const policies = [...blocks]
      .map(([, yaml = '']) => yaml)
      .filter((yaml) => /^kind: NetworkPolicy$/m.test(yaml));
    assert.equal(policies.length, 2);
    for (const policy of policies) assert.equal(await kubectl.refusal(policy), undefined);
  });

  test('make pods that keep to the restricted Pod Security Standard of their namespace', async () => {
    const podOf = async (name: string) => {
      const found = await kubectl('get', 'deployment', name, '-n', 'service-mirror', '-o', 'json');
      const { metadata, spec } = (JSON.parse(found) as { spec: { template: PodTemplate } }).spec.template;
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, name, namespace: 'service-mirror' },
        spec,
      };
    };
    for (const name of ['operator', 'egress', 'ingress'].map((component) => `service-mirror-${component}`)) {
      const pod = await podOf(name);
      assert.equal(await kubectl.refusal(JSON.stringify(pod)), undefined);
      const root = { ...pod, spec: { ...pod.spec, securityContext: {} } };
      assert.match((await kubectl.refusal(JSON.stringify(root))) ?? '', /violates PodSecurity "restricted/);
    }
  });

  for (const [account, { may, mayNot }] of Object.entries(grants)) {
    const canI = async (question: string) => {
      const as = `--as=system:serviceaccount:service-mirror:${account}`;
      const answer = await kubectl('auth', 'can-i', ...question.split(' '), as).catch((error: unknown) => {
        // kubectl ends with 1 when it has said no
        if (error instanceof CommandFailed) return error.stdout;
        throw error;
      });
      assert.match(answer, /^(yes|no)/);
      return answer.startsWith('yes');
    };
    for (const question of may) {
      test(`let ${account} ${question}`, async () => assert.ok(await canI(question)));
    }
    for (const question of mayNot) {
      test(`do not let ${account} ${question}`, async () => assert.ok(!(await canI(question))));
    }
  }
});
