import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { freePort } from '../../test/conformance/ports.js';
import { startFakeApi, type FakeApi } from '../../test/fakeapi/fakeapi.js';
import { aConfigMap, aSecret } from '../../test/gen/gen.js';
import { aCluster, type ClusterPki } from '../../test/gen/pki.js';
import { ownNames } from '../api/names.js';
import { configMaps, secrets } from '../api/resources.js';
import { silent } from '../runtime/log.js';
import { encodeIdentity } from '../protocol/identity.js';
import { implementationOf } from '../gateway/implementations.js';
import { runGateway, type GatewayCommandOptions } from './gateway.js';

const host = '127.0.0.1';
const node = implementationOf('node').make({});

/** A gateway process in this process, with an API server of its own and no peers. */
async function start(
  t: TestContext,
  role: GatewayCommandOptions['role'],
  ports: NonNullable<GatewayCommandOptions['ports']>,
) {
  const api = await startFakeApi();
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, api.kubeconfig);
  const metricsAddress = `${host}:${await freePort()}`;
  const stop = new AbortController();
  const done = runGateway(
    {
      ...{ kubeconfig, namespace: 'service-mirror', role, implementation: node, address: host, ports },
      ...{ metricsAddress, leaveMs: 0, drainMs: 0, log: silent },
    },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await done.catch(() => {});
    await api.close();
    await rm(folder, { recursive: true });
  });
  const get = async (path: string) => {
    const response = await fetch(`http://${metricsAddress}${path}`);
    return { status: response.status, text: await response.text() };
  };
  return { api, get, stop, done };
}

function settle(api: FakeApi, name: string, { authority, ...leaves }: ClusterPki): void {
  const { cert, key, ca } = name === ownNames.egressTls ? leaves.egress : leaves.ingress;
  api.put(secrets, aSecret(name, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }));
  const own = { cluster: 'london', uid: 'uid', caBundle: authority.ca, addresses: [] };
  api.put(configMaps, aConfigMap(ownNames.identity, encodeIdentity(own)));
  api.put(configMaps, aConfigMap(ownNames.peers, {}));
}

for (const [role, name] of [
  ['egress', ownNames.egressTls],
  ['ingress', ownNames.ingressTls],
] as const) {
  test(`runGateway() runs an ${role} gateway: not ready, ready, stopped`, async (t) => {
    const { api, get, stop, done } = await start(t, role, {
      [role === 'egress' ? 'applied' : 'ingress']: await freePort(),
    });
    await eventually(async () => {
      const { status, text } = await get('/readyz');
      assert.deepEqual([status, text.includes(`Secret ${name} is missing`)], [503, true]);
    });
    assert.equal((await get('/livez')).status, 200);
    settle(api, name, await aCluster('london'));
    await eventually(async () => assert.equal((await get('/readyz')).status, 200));
    assert.match((await get('/metrics')).text, /TYPE service_mirror_gateway_connections_total counter/);
    stop.abort();
    await done;
    await assert.rejects(get('/livez'));
  });
}

const mistakes = {
  'a role that is not there': [{ role: 'both' as 'egress' }, /use egress or ingress/],
  'an address that is none': [{ metricsAddress: 'here' }, /expected host:port/],
} as const;
for (const [title, [mistake, message]] of Object.entries(mistakes)) {
  test(`runGateway() refuses ${title}`, async (t) => {
    const api = await startFakeApi();
    const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
    t.after(async () => {
      await api.close();
      await rm(folder, { recursive: true });
    });
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, api.kubeconfig);
    const options = {
      namespace: 'service-mirror',
      role: 'egress',
      implementation: node,
      kubeconfig,
    } as const;
    await assert.rejects(
      runGateway({ ...options, log: silent, ...mistake }, new AbortController().signal),
      message,
    );
  });
}
