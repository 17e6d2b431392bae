import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { accountOf, loadLocal } from './local.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'account-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

test('accountOf() takes the account of a pod', async () => {
  write('token', 'abc\n');
  write('ca.crt', 'CA');
  write('namespace', 'ops');
  const { load, ...rest } = accountOf(environment, folder)!;
  assert.deepEqual(rest, { server: 'https://10.96.0.1:443', verified: true, namespace: 'ops' });
  assert.deepEqual(await load(), { ca: 'CA', headers: { authorization: 'Bearer abc' } });
});

test('accountOf() reads token and CA again at each load', async () => {
  write('token', 'old');
  write('ca.crt', 'CA 1');
  const { load } = accountOf(environment, folder)!;
  await load();
  write('token', 'new');
  write('ca.crt', 'CA 2');
  assert.deepEqual(await load(), { ca: 'CA 2', headers: { authorization: 'Bearer new' } });
});

test('accountOf() writes an IPv6 address as URLs need it', () => {
  write('token', 'abc');
  const account = accountOf({ ...environment, KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder);
  assert.equal(account?.server, 'https://[fd00::1]:443');
});

test('accountOf() finds nothing outside of a pod', () => {
  assert.equal(accountOf(environment, folder), undefined);
  write('token', 'abc');
  assert.equal(accountOf({}, folder), undefined);
});

test('loadLocal() takes the kubeconfig that it is given', async () => {
  const file = write(
    'config',
    JSON.stringify({
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443' } }],
      users: [{ name: 'u', user: { token: 'abc' } }],
    }),
  );
  assert.equal((await loadLocal(file)).server, 'https://10.0.0.1:6443');
});
