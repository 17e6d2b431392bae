import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createClusters, type Cluster, type ClusterSet } from '../cluster.js';
import { CommandFailed } from '../exec.js';
import { quiet, toStderr } from '../progress.js';
import { spawnModule } from '../traces.js';
import { waitFor } from '../wait.js';
import { prepareNative, removeOrphans } from './clusters.js';
import { remaining, tracesOf } from './traces.js';

const { binaries } = await prepareNative(toStderr);

const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: hello, labels: {app: hello}}
spec:
  containers: [{name: echo, image: "service-mirror-test/tools:1", args: [serve]}]
---
apiVersion: v1
kind: Service
metadata: {name: hello}
spec:
  type: LoadBalancer
  selector: {app: hello}
  ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 9000}]
`;

suite('two native clusters', () => {
  let set: ClusterSet;
  let london: Cluster;
  let paris: Cluster;

  /** Runs a command in the pod of London. */
  const inLondon = (...argv: string[]) => london.kubectl(['exec', 'hello', '--', ...argv]);

  before(async () => {
    set = await createClusters(['london', 'paris'], { progress: quiet });
    const { london: first, paris: second } = set.clusters;
    assert.ok(first && second);
    [london, paris] = [first, second];
    await Promise.all(
      [london, paris].map(async ({ kubectl }) => {
        await kubectl(['apply', '-f', '-'], { input: manifest });
        await kubectl(['wait', '--for=condition=Ready', '--timeout=60s', 'pod/hello']);
        await kubectl([
          'wait',
          '--for=jsonpath={.status.loadBalancer.ingress}',
          '--timeout=10s',
          'service/hello',
        ]);
      }),
    );
  });
  after(() => set.remove());

  test('a pod reaches a Service of its own cluster by name', async () => {
    assert.equal(
      await inLondon('curl', '--fail', '--silent', 'http://hello.default.svc.cluster.local/'),
      'hello\n',
    );
  });

  test('a pod reaches the other cluster at its node address, and in no other way', async () => {
    const report = await inLondon(
      'echo-test',
      'dial',
      '-up',
      '1000000',
      '-down',
      '1000000',
      `${paris.nodeAddress}:9000`,
    );
    assert.partialDeepStrictEqual(JSON.parse(report), { ok: true, hosts: ['hello'] });
    await inLondon('curl', '--silent', '--insecure', '--fail', `https://${paris.nodeAddress}:6443/readyz`);
    const podIP = await paris.kubectl(['get', 'pod', 'hello', '--output=jsonpath={.status.podIP}']);
    await assert.rejects(
      inLondon('echo-test', 'get', '-timeout', '1s', `http://${podIP}:8080`),
      CommandFailed,
    );
  });

  test('cut() stops open connections too, restore() lets them go on', async () => {
    const address = paris.nodeAddress;
    const fails = () =>
      inLondon('echo-test', 'get', '-timeout', '2s', `http://${address}`).then(
        () => false,
        () => true,
      );
    let done = false;
    const upload = inLondon('echo-test', 'dial', '-up', '400000', '-over', '1s', `${address}:9000`);
    void upload.finally(() => (done = true)).catch(() => undefined);
    await waitFor('the connection', async () =>
      (await inLondon('netstat', '-tn')).includes(`${address}:9000`),
    );

    await set.cut('london', 'paris');
    assert.ok(await fails()); // which takes longer than the upload would
    assert.ok(!done);
    for (const { nodeAddress } of [london, paris]) assert.ok((await fetch(`http://${nodeAddress}`)).ok);
    await set.restore('paris', 'london');
    await waitFor('the network to heal', async () => !(await fails()));
    assert.partialDeepStrictEqual(JSON.parse(await upload), { ok: true });
  });

  test('stopApiServer() stops nothing else', async () => {
    await paris.stopApiServer();
    await assert.rejects(paris.kubectl(['get', 'pods']), CommandFailed);
    await inLondon('echo-test', 'get', `http://${paris.nodeAddress}`);
    await paris.startApiServer();
    assert.match(await paris.kubectl(['get', 'pods']), /hello +1\/1 +Running +0/);
  });

  test('remove() of one leaves the other, of both leaves nothing', async () => {
    const traces = await tracesOf(dirname(london.kubeconfig));
    await paris.remove();
    await assert.rejects(fetch(`http://${paris.nodeAddress}`, { signal: AbortSignal.timeout(500) }));
    await inLondon('echo-test', 'get', 'http://hello.default.svc');
    assert.notDeepEqual(await remaining(traces), []);
    await set.remove();
    assert.deepEqual(await remaining(traces), []);
  });
});

suite('native clusters of a process that is killed', () => {
  const create = `
    import { createClusters } from ${JSON.stringify(import.meta.resolve('../cluster.js'))};
    const { clusters } = await createClusters(['one', 'two'], { sameCidrs: true, progress: () => undefined });
    console.log(clusters.one.kubeconfig);`;

  test('are removed by their guard', async () => {
    const owner = await spawnModule(create);
    const traces = await tracesOf(dirname(owner.line));
    await owner.kill();
    await waitFor('the guard to remove everything', async () => (await remaining(traces)).length === 0);
  });

  test('are removed by the next one when the guard is killed as well', async () => {
    const owner = await spawnModule(create);
    const traces = await tracesOf(dirname(owner.line));
    process.kill(traces.guard, 'SIGKILL');
    await owner.kill();
    await removeOrphans(binaries.node);
    assert.ok(!existsSync(traces.dir));
    await waitFor('the kernel to end everything', async () => (await remaining(traces)).length === 0);
  });
});
