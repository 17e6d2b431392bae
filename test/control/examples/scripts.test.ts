import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { run } from '../../../tools/clusters/exec.js';

/** What a cluster answers that is asked by the scripts. */
type Answers = Readonly<Record<'CLUSTER' | 'CA' | 'TOKEN' | 'URL', string>>;

const block = (label = 'CERTIFICATE', body = 'MA==\nMA==') =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const good: Answers = { CLUSTER: 'c-0123', CA: block(), TOKEN: 'a.b-c_d', URL: 'https://[2001:db8::1]:6443' };

describe('the scripts that link two clusters', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'service-mirror-scripts-'));
    const kubectl = `#!/bin/sh
case $* in
  *data.cluster}*) printf %s "$CLUSTER" ;;
  *'ca\\.crt}'*) printf %s "$CA" ;;
  *'create token peer-london --duration=2160h'*) printf %s "$TOKEN" ;;
  *cluster.server}*) printf %s "$URL" ;;
esac
`;
    await writeFile(join(folder, 'kubectl'), kubectl, { mode: 0o755 });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const script = (name: string, answers: Partial<Answers>, ...args: string[]) =>
    run(['sh', `examples/${name}`, ...args], {
      env: { ...good, ...answers, PATH: `${folder}:${process.env.PATH}` },
    });

  const taken: Record<string, { ca: string; caBundle?: string }> = {
    'as it is published': { ca: block() },
    'with text around it': { ca: `# root "of" paris\n${block()}tail\n`, caBundle: block() },
    'with other line ends': { ca: block().replaceAll('\n', '\r\n'), caBundle: block() },
    'of two certificates': { ca: block() + block() },
  };
  for (const [what, { ca, caBundle = ca }] of Object.entries(taken))
    it(`peer-patch.sh prints a bundle ${what} as JSON`, async () => {
      const peer = { cluster: 'c-0123', caBundle };
      assert.deepEqual(JSON.parse(await script('peer-patch.sh', { CA: ca })), { spec: { peer } });
    });

  const hostile: Record<string, Partial<Answers>> = {
    'a name that ends its quotes': { CLUSTER: "x'\n  exports: {all: true}\n  y: '" },
    'a name of two lines': { CLUSTER: 'paris\nexports' },
    'a name with double quotes': { CLUSTER: 'x","exports":{"all":true},"y":"' },
    'a name with a letter of another alphabet': { CLUSTER: 'pаris' },
    'a name in capitals': { CLUSTER: 'Paris' },
    'a name that runs a command': { CLUSTER: '$(id)' },
    'a name that is too long': { CLUSTER: 'x'.repeat(51) },
    'no name': { CLUSTER: '' },
    'no certificate': { CA: 'hello\n' },
    'another block': { CA: block() + block('X509 CERTIFICATE') },
    'a block that is not ended': { CA: block().slice(0, 40) },
    'a block that holds something else': { CA: block('CERTIFICATE', 'MA=="},"exports":{"all":true') },
  };
  for (const [what, answers] of Object.entries(hostile))
    it(`peer-patch.sh refuses ${what}`, () =>
      assert.rejects(script('peer-patch.sh', answers), /service-mirror-identity/));

  it('peer-kubeconfig.sh prints what the cluster answers, and nothing else', async () => {
    const printed = parse(await script('peer-kubeconfig.sh', {}, 'london')) as object;
    const ca = Buffer.from(block()).toString('base64');
    assert.deepEqual(printed, {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'peer' },
      contexts: [{ name: 'peer', context: { cluster: 'peer', user: 'peer' } }],
      clusters: [{ name: 'peer', cluster: { server: good.URL, 'certificate-authority-data': ca } }],
      users: [{ name: 'peer', user: { token: good.TOKEN } }],
    });
  });

  const odd: Record<string, Partial<Answers>> = {
    'a token that names a program': { TOKEN: 'a\n      exec: {command: id}' },
    'a token with quotes': { TOKEN: 'a"b' },
    'no token': { TOKEN: '' },
    'a CA that is no certificate': { CA: 'MA==\n      tls-server-name: x' },
    'a URL with quotes': { URL: 'https://x"y' },
    'a URL of two lines': { URL: 'https://x\n      proxy-url: http://y' },
    'a URL without TLS': { URL: 'http://x' },
  };
  for (const [what, answers] of Object.entries(odd))
    it(`peer-kubeconfig.sh refuses ${what}`, () =>
      assert.rejects(script('peer-kubeconfig.sh', answers, 'london'), /peer-london|kube-root-ca|API server/));

  const names: Record<string, readonly string[]> = {
    'no name': [],
    'an empty name': [''],
    'an option in place of a name': ['--context'],
    'a name with another field': ['x", verbs: ["*'],
    'a name of two lines': ['london\n---\nkind: x'],
    'a name in capitals': ['London'],
  };
  for (const [what, args] of Object.entries(names))
    it(`peer-access.sh and peer-kubeconfig.sh refuse ${what}`, async () => {
      await assert.rejects(script('peer-access.sh', {}, ...args), /DNS label|usage/);
      await assert.rejects(script('peer-kubeconfig.sh', {}, ...args), /DNS label|usage/);
    });

  const scopes: Record<string, readonly string[]> = {
    'a namespace with another field': ['--namespace', 'a\n  x: y'],
    'an empty namespace': ['--namespace', ''],
    'no namespace': ['--namespace'],
    'two namespaces in one word': ['--namespace', 'a b'],
    'another option': ['--all'],
  };
  for (const [what, args] of Object.entries(scopes))
    it(`peer-access.sh refuses ${what}, and prints nothing`, () =>
      assert.rejects(script('peer-access.sh', {}, 'london', ...args), { stdout: '' }));
});
