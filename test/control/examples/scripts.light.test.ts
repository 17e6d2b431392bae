import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parse } from 'yaml';
import { ensureBinary } from '../../../tools/clusters/binaries.js';
import { run } from '../../../tools/clusters/exec.js';
import { startLight, type LightCluster } from '../../../tools/clusters/light.js';
import { toStderr } from '../../../tools/clusters/progress.js';
import { kubectlOf, writeKubectl, type Kubectl } from '../../../tools/clusters/kubectl.js';
import { eventually } from '../../driver/eventually.js';

suite('the scripts that link two clusters', () => {
  let cluster: LightCluster;
  let kubectl: Kubectl;
  let folder: string;

  before(async () => {
    cluster = await startLight({ controllers: ['root-ca-certificate-publisher-controller'] });
    kubectl = await kubectlOf(cluster.kubeconfig);
    folder = await mkdtemp(join(tmpdir(), 'service-mirror-scripts-'));
    const program = await ensureBinary('kube', toStderr);
    await writeKubectl(folder, [program, 'kubectl']);
    await kubectl('apply', '-f', 'manifests');
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await cluster.stop();
  });

  const script = (name: string, ...args: string[]) =>
    run(['sh', `examples/${name}`, ...args], {
      env: { HOME: folder, PATH: `${folder}:${process.env.PATH}` },
    });
  const here = () => ['--kubeconfig', cluster.kubeconfig];

  /** Lets a peer in and returns its kubectl. */
  async function admit(name: string, ...args: string[]): Promise<Kubectl> {
    await kubectl('apply', '-f', 'manifests/peer-access');
    await kubectl.apply(await script('peer-access.sh', name, ...args));
    const printed = await eventually(() => script('peer-kubeconfig.sh', name, ...here()));
    const path = join(folder, name);
    await writeFile(path, printed);
    return kubectlOf(path);
  }

  test('a peer reads services and what its cluster publishes, and nothing more', async () => {
    await assert.rejects(script('peer-kubeconfig.sh', 'london', ...here()), /peer-london/);
    const peer = await admit('london');
    assert.match(await peer('get', 'services', '-A'), /service-mirror-ingress/);
    await peer('get', 'endpointslices', '-A');
    await peer('get', '--raw', '/api/v1/namespaces/kube-system');
    const own = ['-n', 'service-mirror'];
    await peer('get', 'configmaps', ...own, '--field-selector=metadata.name=service-mirror-identity');
    const refused = [
      ['get', 'secrets', ...own],
      ['get', 'configmaps', ...own],
      ['get', 'namespace', 'default'],
      ['get', 'pods', '-A'],
      ['get', 'serviceaccounts', ...own],
      ['delete', 'service', 'service-mirror-ingress', ...own],
    ];
    for (const args of refused) await assert.rejects(peer(...args), /forbidden/, args.join(' '));
  });

  test('a peer may renew its own token and no other', async () => {
    const peer = await admit('london');
    await admit('berlin');
    const own = ['-n', 'service-mirror'];
    assert.match(await peer('create', 'token', 'peer-london', ...own), /^ey/);
    for (const account of ['peer-berlin', 'service-mirror-operator', 'default'])
      await assert.rejects(peer('create', 'token', account, ...own), /forbidden/, account);
    await assert.rejects(peer('create', 'token', 'default', '-n', 'kube-system'), /forbidden/);
  });

  test('a peer that is let into namespaces reads services there and nowhere else', async () => {
    await kubectl('create', 'namespace', 'shop');
    const peer = await admit('madrid', '--namespace', 'shop', '--namespace', 'default');
    await peer('get', 'services', '-n', 'shop');
    await peer('get', 'endpointslices', '-n', 'default');
    for (const scope of [['-A'], ['-n', 'service-mirror']])
      await assert.rejects(peer('get', 'services', ...scope), /forbidden/);
    await peer('get', '--raw', '/api/v1/namespaces/kube-system');
  });

  test('a peer whose account is deleted is out', async () => {
    const peer = await admit('oslo');
    await peer('get', 'services', '-A');
    await kubectl('delete', 'serviceaccount', 'peer-oslo', '-n', 'service-mirror');
    await eventually(() => assert.rejects(peer('get', 'services', '-A')));
  });

  test('peer-patch.sh prints a patch that pins the cluster in a Link', async () => {
    const ca = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';
    const metadata = { name: 'service-mirror-identity', namespace: 'service-mirror' };
    const data = { cluster: 'c-0123456789', 'ca.crt': ca };
    await kubectl.apply(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }));
    const patch = await script('peer-patch.sh', ...here());
    assert.deepEqual(parse(patch), { spec: { peer: { cluster: 'c-0123456789', caBundle: ca } } });

    await kubectl('apply', '-f', 'examples/link-cluster-b.yaml');
    await kubectl('patch', 'links.linkerd.io', 'cluster-b', '--type=merge', '--patch', patch);
    await kubectl('apply', '-f', 'examples/link-cluster-b.yaml');
    const link = parse(await kubectl('get', 'links.linkerd.io', 'cluster-b', '-o', 'yaml')) as {
      spec: { peer: unknown };
    };
    assert.deepEqual(link.spec.peer, { cluster: 'c-0123456789', caBundle: ca });
  });
});
