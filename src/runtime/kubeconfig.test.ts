import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { startFakeApi } from '../../test/fakeapi/fakeapi.js';
import { createKube } from './kube.js';
import { loadKubeconfig } from './kubeconfig.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function kubeconfig(user: object, cluster: object = {}): string {
  return write(
    'config',
    JSON.stringify({
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'ops' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
      users: [{ name: 'u', user }],
    }),
  );
}

test('loadKubeconfig() takes tokens and PEM data from the file', async () => {
  const user = { token: 'abc', 'client-certificate-data': btoa('CERT'), 'client-key-data': btoa('KEY') };
  const config = loadKubeconfig(kubeconfig(user, { 'certificate-authority-data': btoa('CA') }));
  assert.deepEqual(
    [config.server, config.verified, config.namespace],
    ['https://10.0.0.1:6443', true, 'ops'],
  );
  assert.deepEqual(await config.load(), {
    ca: 'CA',
    cert: 'CERT',
    key: 'KEY',
    headers: { authorization: 'Bearer abc' },
  });
});

test('loadKubeconfig() follows paths next to the file, and reads them again each time', async () => {
  write('ca.pem', 'CA 1');
  const config = loadKubeconfig(kubeconfig({ token: 'abc' }, { 'certificate-authority': 'ca.pem' }));
  assert.equal((await config.load()).ca, 'CA 1');
  write('ca.pem', 'CA 2');
  assert.equal((await config.load()).ca, 'CA 2');
});

test('loadKubeconfig() picks up a kubeconfig that was written anew', async () => {
  const config = loadKubeconfig(kubeconfig({ token: 'old' }));
  kubeconfig({ token: 'new' });
  assert.equal((await config.load()).headers.authorization, 'Bearer new');
});

test('loadKubeconfig() runs an exec plugin for its token', async () => {
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'plugged' },
  };
  const command = write('plugin', `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
  chmodSync(command, 0o755);
  const config = loadKubeconfig(
    kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command } }),
  );
  assert.equal((await config.load()).headers.authorization, 'Bearer plugged');
});

/** Runs something with these variables set in the environment, or unset. */
function withEnvironment(variables: Record<string, string | undefined>, run: () => void): void {
  const before = { ...process.env };
  const set = (values: Record<string, string | undefined>) => {
    for (const name of Object.keys(variables))
      if (values[name] === undefined) delete process.env[name];
      else process.env[name] = values[name];
  };
  set(variables);
  try {
    run();
  } finally {
    set(before);
  }
}

test('loadKubeconfig() takes KUBECONFIG when no file is given', () => {
  const file = kubeconfig({ token: 'abc' }, { server: 'https://from-env:6443' });
  withEnvironment({ KUBECONFIG: file }, () => assert.equal(loadKubeconfig().server, 'https://from-env:6443'));
});

test('loadKubeconfig() takes the one in the home directory when nothing else is there', () => {
  mkdirSync(join(folder, '.kube'));
  renameSync(
    kubeconfig({ token: 'abc' }, { server: 'https://from-home:6443' }),
    join(folder, '.kube', 'config'),
  );
  withEnvironment({ KUBECONFIG: undefined, HOME: folder }, () =>
    assert.equal(loadKubeconfig().server, 'https://from-home:6443'),
  );
});

test('loadKubeconfig() says what to do when there is no kubeconfig anywhere', () => {
  withEnvironment({ KUBECONFIG: undefined, HOME: folder }, () =>
    assert.throws(() => loadKubeconfig(), /give --kubeconfig/),
  );
});

test('loadKubeconfig() of a file that is not there, names no cluster, or wants a proxy, is an error', () => {
  assert.throws(() => loadKubeconfig(join(folder, 'absent')), { code: 'ENOENT' });
  assert.throws(() => loadKubeconfig(write('empty', '{"current-context":"x"}')), /names no cluster/);
  assert.throws(() => loadKubeconfig(kubeconfig({}, { 'proxy-url': 'http://x' })), /proxy-url/);
});

test('a client certificate from files is shown to the server', async () => {
  const api = await startFakeApi();
  const { cert, key } = await api.authority.client('admin');
  write('ca', api.authority.ca);
  write('cert', cert);
  write('key', key);
  const user = { 'client-certificate': 'cert', 'client-key': 'key' };
  const config = loadKubeconfig(kubeconfig(user, { server: api.server, 'certificate-authority': 'ca' }));
  const kube = createKube(config, { fieldManager: 'tester' });
  await kube.raw('/version');
  assert.equal(api.seen[0]?.certificate, 'admin');
  await kube.close();
  await api.close();
});
