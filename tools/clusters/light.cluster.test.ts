import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ensureBinary } from './binaries.js';
import { CommandFailed, run } from './exec.js';
import { startLight } from './light.js';
import { toStderr } from './progress.js';
import { processesNaming, spawnModule } from './traces.js';
import { waitFor } from './wait.js';

const kube = await ensureBinary('kube', toStderr);

test('startLight() runs controllers, audits writes, and survives the end of its API server', async (t) => {
  const logs = await mkdtemp(join(tmpdir(), 'audit-'));
  t.after(() => rm(logs, { recursive: true }));
  const auditLog = join(logs, 'audit.log');
  const light = await startLight({
    controllers: ['endpointslice-controller'],
    serviceCidr: '10.42.0.0/16',
    auditLog,
  });
  t.after(() => light.stop());
  const kubectl = (...args: string[]) => run([kube, 'kubectl', '--kubeconfig', light.kubeconfig, ...args]);

  await kubectl('create', 'service', 'clusterip', 'web', '--tcp=80');
  assert.match(await kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}'), /^10\.42\./);
  const slices = () =>
    kubectl('get', 'endpointslices', '--selector', 'kubernetes.io/service-name=web', '--output=name');
  await waitFor('the controller to make a slice', async () => (await slices()) !== '');

  await light.stopApiServer();
  await assert.rejects(kubectl('get', 'services'), CommandFailed);
  await light.startApiServer();
  await kubectl('get', 'service', 'web');

  const events = (await readFile(auditLog, 'utf8')).trim().split('\n');
  const written = events.map((line) => JSON.parse(line) as { verb: string; objectRef?: { name?: string } });
  assert.ok(written.some(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'web'));
  assert.ok(!written.some(({ verb }) => verb === 'get'));
});

test('startLight() leaves neither process nor file, twice at once', async () => {
  const both = await Promise.all([startLight(), startLight()]);
  const dirs = both.map(({ kubeconfig }) => dirname(dirname(kubeconfig)));
  assert.notEqual(both[0].server, both[1].server);
  for (const dir of dirs) assert.equal((await processesNaming(dir)).length, 2);
  await Promise.all(both.map((light) => light.stop()));
  for (const dir of dirs) {
    assert.deepEqual(await processesNaming(dir), []);
    assert.ok(!existsSync(dir));
  }
});

test('a light control plane dies with a process that is killed', async () => {
  const owner = await spawnModule(`
    import { startLight } from ${JSON.stringify(import.meta.resolve('./light.js'))};
    const light = await startLight({ controllers: ['namespace-controller'] });
    console.log(light.kubeconfig);`);
  const dir = dirname(dirname(owner.line));
  assert.equal((await processesNaming(dir)).length, 3);
  await owner.kill();
  await waitFor('its programs to end', async () => (await processesNaming(dir)).length === 0);
  await (await startLight()).stop();
  assert.ok(!existsSync(dir), 'the next one removes its files');
});
