import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parse } from 'yaml';
import { kubectlOf, type Kubectl } from '../api/kubectl.js';
import { ensureBinary } from '../cluster/binaries.js';
import { run } from '../cluster/exec.js';
import { startLight, type LightCluster } from '../cluster/light.js';
import { toStderr } from '../cluster/progress.js';
import { waitFor } from '../cluster/wait.js';

suite('the scripts that link two clusters', () => {
  let cluster: LightCluster;
  let kubectl: Kubectl;
  let folder: string;

  before(async () => {
    cluster = await startLight({ controllers: ['serviceaccount-token-controller'] });
    kubectl = await kubectlOf(cluster.kubeconfig);
    folder = await mkdtemp(join(tmpdir(), 'service-mirror-scripts-'));
    const program = await ensureBinary('kube', toStderr);
    await writeFile(join(folder, 'kubectl'), `#!/bin/sh\nexec '${program}' kubectl "$@"\n`);
    await chmod(join(folder, 'kubectl'), 0o755);
    await kubectl('apply', '-f', 'manifests');
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await cluster.stop();
  });

  const script = (name: string) =>
    run(['sh', `examples/${name}`, '--kubeconfig', cluster.kubeconfig], {
      env: { HOME: folder, PATH: `${folder}:${process.env.PATH}` },
    });

  test('peer-kubeconfig.sh prints credentials that read services and nothing more', async () => {
    await assert.rejects(script('peer-kubeconfig.sh'), /service-mirror-peer/);
    await kubectl('apply', '-f', 'manifests/peer-access');
    const printed = await waitFor('a token', () => script('peer-kubeconfig.sh'));
    const path = join(folder, 'kubeconfig');
    await writeFile(path, printed);
    const peer = await kubectlOf(path);
    assert.match(await peer('get', 'services', '-A'), /service-mirror-ingress/);
    await assert.rejects(peer('get', 'secrets', '-n', 'service-mirror'), /forbidden/);
  });

  test('peer-patch.sh prints a patch that pins the cluster in a Link', async () => {
    const ca = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';
    const metadata = { name: 'service-mirror-identity', namespace: 'service-mirror' };
    const data = { cluster: 'c-0123456789', 'ca.crt': ca };
    await kubectl.apply(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }));
    const patch = await script('peer-patch.sh');
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
