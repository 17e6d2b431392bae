import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Secret } from '../../../../src/api/objects.js';
import { links, secrets } from '../../../../src/api/resources.js';
import {
  aLink,
  aMirror,
  aSecret,
  aService,
  aSlice,
  endpoint,
  frozen,
  of,
  over,
  port,
} from '../../../gen/gen.js';
import { messageOf, type Says } from '../../../driver/conditions.js';
import { ownNamespace } from '../../../driver/cluster.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** Makes the Secret of a Link; undefined: there is none. The good kubeconfig is Paris's. */
type Make = (name: string, good: string) => Readonly<Secret> | undefined | Promise<Readonly<Secret>>;

const opaque = (secret: Readonly<Secret>): Readonly<Secret> => frozen({ ...secret, type: 'Opaque' });

/** The good kubeconfig with other text in it. */
const having = (from: RegExp, to: string): Make => {
  return (name, good) => aSecret(name, { kubeconfig: good.replace(from, to) });
};

const token = /"token": "[^"]+"/;

/** Credentials that do not work, keyed by what is wrong, and what the Link says of them. */
const broken: Readonly<Record<string, { make: Make; says: Says; message: RegExp }>> = {
  'no Secret': {
    make: () => undefined,
    says: 'Connected=False/CredentialsMissing',
    message:
      /Secret service-mirror\/link-broken-0 does not exist; make it with type linkerd.io\/link-credentials/,
  },
  'a Secret of another type': {
    make: (name, kubeconfig) => opaque(aSecret(name, { kubeconfig })),
    says: 'Connected=False/CredentialsMissing',
    message: /is of type Opaque; make it with type linkerd.io\/link-credentials/,
  },
  'a Secret without the key': {
    make: (name, good) => aSecret(name, { config: good }),
    says: 'Connected=False/CredentialsMissing',
    message: /has no key "kubeconfig"; make it/,
  },
  'no kubeconfig': {
    make: (name) => aSecret(name, { kubeconfig: 'a: b: c' }),
    says: 'Connected=False/CredentialsRejected',
    message: /kubeconfig: is not YAML/,
  },
  'a program to run': {
    make: having(token, '"exec":{"command":"true","apiVersion":"client.authentication.k8s.io/v1"}'),
    says: 'Connected=False/CredentialsRejected',
    message: /users\[\]\.user\.exec: programs are not run for a remote cluster; use a token/,
  },
  'a wrong token': {
    make: having(token, '"token":"a-wrong-token"'),
    says: 'Connected=False/CredentialsRejected',
    message: /does not accept these credentials; put new ones into the Secret/,
  },
  'an address where nobody listens': {
    make: having(/127\.0\.0\.1:\d+/, '127.0.0.1:1'),
    says: 'Connected=False/Unreachable',
    message: /cannot be reached: .*ECONNREFUSED/,
  },
  'the authority of another cluster': {
    make: having(
      /"certificate-authority-data": "[^"]+"/,
      `"certificate-authority-data":"${Buffer.from('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n').toString('base64')}"`,
    ),
    says: 'Connected=False/Unreachable',
    message: /cannot be reached: .*certificate/,
  },
};

/** Credentials: what is wrong with them is said, and they can be mended. */
export function credentials(clusters: () => OperatorClusters): void {
  const good = () => clusters().paris.access('peer-london');

  for (const [index, [what, { make, says, message }]] of Object.entries(broken).entries()) {
    test(`a Link with ${what} says so, and works when it is mended`, async () => {
      const name = `broken-${index}`;
      const { london, paris } = await clusters().namespace(name);
      await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
      const secret = await make(`link-${name}`, await good());
      if (secret !== undefined) await london.applies(secret);
      await london.applies(aLink(name, over('flat')), aMirror('hello-mirror', of(name, `${name}/hello`)));
      // the operator may see the Link before its Secret
      const link = await eventually(async () => {
        const found = await london.linkSays(name, says, 'Ready=False');
        assert.match(messageOf(found, 'Connected'), message);
        return found;
      });
      assert.doesNotMatch(JSON.stringify(link), /a-wrong-token|eyJ/);
      await london.mirrorSays('hello-mirror', 'Accepted=True', 'Ready=False/Pending');

      // the type of a Secret cannot be changed
      await clusters().london.own.deletes(secrets, `link-${name}`);
      await clusters().link(name, await good());
      await london.linkSays(name, 'Connected=True/Connected', 'Ready=True');
      await london.mirrorSays('hello-mirror', 'Ready=True');
    });
  }

  test('a Link without rights says which it lacks', async () => {
    const { london } = await clusters().namespace('powerless');
    await clusters().paris.kubectl('create', 'serviceaccount', 'powerless', '-n', ownNamespace);
    await clusters().link('powerless', await clusters().paris.access('powerless'));
    const link = await london.linkSays('powerless', 'Connected=False/Forbidden', 'Ready=False/Forbidden');
    assert.match(
      messageOf(link, 'Connected'),
      /cannot get resource "namespaces" .*; apply the peer-access manifest/,
    );
  });

  test('Links that get no answer hold up no other', async () => {
    const { london, paris } = await clusters().namespace('silent');
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const { port: number } = silent.address() as AddressInfo;
      const kubeconfig = (await good()).replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${number}`);
      const names = Array.from({ length: 8 }, (_, index) => `silent-${index}`);
      for (const name of names) await clusters().link(name, kubeconfig);
      await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
      await clusters().link('answered', await good());
      await london.applies(aMirror('hello-mirror', of('answered', 'silent/hello')));
      await london.mirrorSays('hello-mirror', 'Ready=True');
      for (const name of names)
        await london.within(20_000).linkSays(name, 'Connected=False/Unreachable', 'Ready=False');
      await london.deletes(links, ...names);
    } finally {
      silent.close();
    }
  });

  test('credentials that vanish leave everything as it is, and may come back', async () => {
    const { london, paris } = await clusters().namespace('vanishing');
    const kubeconfig = await good();
    await clusters().link('vanishing', kubeconfig);
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('vanishing', 'vanishing/hello')));
    await london.mirrorSays('hello-mirror', 'Ready=True');

    const mark = await clusters().london.audit.mark();
    await clusters().london.own.deletes(secrets, 'link-vanishing');
    await london.linkSays('vanishing', 'Connected=False/CredentialsMissing');
    await paris.applies(aSlice('hello', endpoint('10.9.0.2')));
    await clusters().link('vanishing', kubeconfig.replace(token, '"token":"a-wrong-token"'));
    await london.linkSays('vanishing', 'Connected=False/CredentialsRejected');
    await london.mirrorSays('hello-mirror', 'Ready=True', 'Synced=True');
    assert.deepEqual(await clusters().london.writtenSince(mark, london), []);

    await clusters().link('vanishing', kubeconfig);
    await london.linkSays('vanishing', 'Connected=True/Connected');
    await london.hasEndpoints('hello', '10.9.0.2');
  });
}
