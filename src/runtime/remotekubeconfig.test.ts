import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { startFakeApi } from '../../test/fakeapi/fakeapi.js';
import { CredentialsError } from './connection.js';
import { parseRemote } from './remotekubeconfig.js';
import { createKube } from './kube.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'remote-'));
});
after(() => rmSync(folder, { recursive: true }));

const pem = btoa('-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n');

interface Parts {
  cluster?: object;
  user?: object;
  root?: object;
  context?: object;
}

function kubeconfig({ cluster, user, root, context }: Parts = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'paris',
    contexts: [{ name: 'paris', context: { cluster: 'c', user: 'u', ...context } }],
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user: { token: 'abc', ...user } }],
    ...root,
  });
}

test('parseRemote() reads server, CA, token, server name and namespace', async () => {
  const config = parseRemote(
    kubeconfig({
      cluster: { 'certificate-authority-data': pem, 'tls-server-name': 'api.paris' },
      context: { namespace: 'ops' },
    }),
  );
  const { load, ...rest } = config;
  assert.deepEqual(rest, {
    server: 'https://10.0.0.1:6443',
    verified: true,
    serverName: 'api.paris',
    namespace: 'ops',
  });
  assert.deepEqual(await load(), { ca: atob(pem), headers: { authorization: 'Bearer abc' } });
});

test('parseRemote() says when the server is not verified', () => {
  assert.equal(parseRemote(kubeconfig({ cluster: { 'insecure-skip-tls-verify': true } })).verified, false);
});

test('parseRemote() says when the token runs out', () => {
  const token = `e30.${Buffer.from('{"exp":1000}').toString('base64url')}.sig`;
  assert.equal(parseRemote(kubeconfig({ user: { token } })).expires, 1_000_000);
});

test('parseRemote() gives a connection that works', async () => {
  const api = await startFakeApi();
  const kube = createKube(parseRemote(api.kubeconfig), { fieldManager: 'tester' });
  assert.ok(await kube.raw('/version'));
  await kube.close();
  await api.close();
});

const refusals: Record<string, [Parts, field: string]> = {
  'exec plugins': [{ user: { exec: { command: 'touch', args: ['x'] } } }, 'users[].user.exec'],
  'auth providers': [{ user: { 'auth-provider': { name: 'gcp' } } }, 'users[].user.auth-provider'],
  'token files': [{ user: { tokenFile: '/etc/passwd' } }, 'users[].user.tokenFile'],
  'token files in the other spelling': [{ user: { 'token-file': '/etc/passwd' } }, 'users[].user.token-file'],
  'certificate files': [{ user: { 'client-certificate': '/x' } }, 'users[].user.client-certificate'],
  'key files': [{ user: { 'client-key': '/x' } }, 'users[].user.client-key'],
  'CA files': [{ cluster: { 'certificate-authority': '/x' } }, 'clusters[].cluster.certificate-authority'],
  proxies: [{ cluster: { 'proxy-url': 'http://x' } }, 'clusters[].cluster.proxy-url'],
  passwords: [{ user: { username: 'me', password: 'hush' } }, 'users[].user.username'],
  impersonation: [{ user: { as: 'admin' } }, 'users[].user.as'],
  'plain HTTP': [{ cluster: { server: 'http://10.0.0.1:8080' } }, 'clusters[].cluster.server'],
  'a server that is no URL': [{ cluster: { server: 'paris' } }, 'clusters[].cluster.server'],
  'a server with a password': [{ cluster: { server: 'https://me:hush@x' } }, 'clusters[].cluster.server'],
  'a CA that is not PEM': [
    { cluster: { 'certificate-authority-data': 'aHVzaA==' } },
    'clusters[].cluster.certificate-authority-data',
  ],
  'a certificate without its key': [{ user: { 'client-certificate-data': pem } }, 'users[].user'],
  'no credentials at all': [{ user: { token: '' } }, 'users[].user'],
  'a token of several words': [{ user: { token: 'a b' } }, 'users[].user.token'],
  'no current context': [{ root: { 'current-context': '' } }, 'current-context'],
  'a context that is not there': [{ root: { 'current-context': 'rome' } }, 'current-context'],
  'a cluster that is not there': [{ context: { cluster: 'x' } }, 'contexts[].context.cluster'],
  'a user that is not there': [{ context: { user: 'x' } }, 'contexts[].context.user'],
  'no clusters': [{ root: { clusters: [] } }, 'clusters'],
  'users that are no list': [{ root: { users: { name: 'u' } } }, 'users'],
};
for (const [title, [parts, field]] of Object.entries(refusals))
  test(`parseRemote() refuses ${title}, naming the field`, () => {
    assert.throws(
      () => parseRemote(kubeconfig(parts)),
      (error) => {
        assert.ok(error instanceof CredentialsError);
        assert.equal(error.field, field);
        assert.doesNotMatch(error.message, /hush|abc/);
        return true;
      },
    );
  });

test('parseRemote() judges the current context, and never uses what other contexts name', async () => {
  const root = {
    contexts: [
      { name: 'rome', context: { cluster: 'd', user: 'v' } },
      { name: 'paris', context: { cluster: 'c', user: 'u' } },
    ],
    clusters: [
      { name: 'd', cluster: { server: 'http://10.0.0.2', 'proxy-url': 'http://x' } },
      { name: 'c', cluster: { server: 'https://10.0.0.1:6443' } },
    ],
    users: [
      { name: 'v', user: { exec: { command: 'aws', args: ['eks', 'get-token'] } } },
      { name: 'u', user: { token: 'abc' } },
    ],
  };
  const config = parseRemote(kubeconfig({ root }));
  assert.equal(config.server, 'https://10.0.0.1:6443');
  assert.deepEqual((await config.load()).headers, { authorization: 'Bearer abc' });
  assert.throws(
    () => parseRemote(kubeconfig({ root: { ...root, 'current-context': 'rome' } })),
    CredentialsError,
  );
});

test('parseRemote() judges the entry that is used, where two have one name', () => {
  const used = { name: 'u', user: { exec: { command: 'touch' } } };
  const users = [used, { name: 'u', user: { token: 'abc' } }];
  assert.throws(() => parseRemote(kubeconfig({ root: { users } })), /users\[\]\.user\.exec/);
});

test('parseRemote() does not quote what is no YAML', () => {
  for (const text of ['token: "hush', '{{{hush', 'hush', ''])
    assert.throws(
      () => parseRemote(text),
      (error) => error instanceof CredentialsError && !error.message.includes('hush'),
    );
});

test('parseRemote() runs nothing and reads no file, whatever it is given', async () => {
  const [mark, secret] = [join(folder, 'mark'), join(folder, 'secret')];
  writeFileSync(secret, 'hush');
  for (const user of [{ exec: { command: 'touch', args: [mark] } }, { 'token-file': secret }])
    assert.throws(() => parseRemote(kubeconfig({ user })), CredentialsError);
  assert.equal(existsSync(mark), false);
});
