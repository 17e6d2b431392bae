import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRemote } from '../../../../src/runtime/remotekubeconfig.js';
import { secrets } from '../../../../src/api/resources.js';
import { systemClock, type Clock } from '../../../../src/runtime/clock.js';
import { aMirror, aService, aSlice, endpoint, importing, of, port } from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import { runInProcess } from '../../../driver/inprocess.js';
import { ownNamespace } from '../../../driver/cluster.js';
import type { OperatorClusters } from '../clusters.js';

/** The life of Paris's tokens in hours: little more than the shortest that an API server gives. */
const life = 0.17;

/** Past two thirds of that life, and before its end. */
const clock: Clock = { ...systemClock, now: () => Date.now() + 7.5 * 60_000 };

/** Tokens that end: the operator renews them. No other operator may run. */
export function renewing(clusters: () => OperatorClusters): void {
  const access = () => clusters().london.access('service-mirror-operator');
  /** Tokens count whole seconds: one that is asked for in a later second ends later. */
  const nextSecond = (second = Math.floor(Date.now() / 1000)) =>
    eventually(() => assert.ok(Date.now() / 1000 >= second + 1));
  const tokenIn = async (link: string) => {
    const { data } = await clusters().london.kube.get(secrets, `${ownNamespace}/link-${link}`);
    const kubeconfig = Buffer.from(data?.['kubeconfig'] ?? '', 'base64').toString();
    return (await parseRemote(kubeconfig).load()).headers['authorization'] ?? '';
  };

  test('a token is renewed in its Secret at two thirds of its life, and mirrors follow on', async () => {
    const { london, paris } = await clusters().namespace('renewing');
    await clusters().paris.admit('renewing', 'renewing');
    const kubeconfig = await clusters().paris.access('peer-renewing', life);
    await clusters().link('renewing', kubeconfig, importing({ remoteNamespaces: ['renewing'] }));
    const old = await tokenIn('renewing');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('renewing', 'renewing/hello')));
    await nextSecond();
    const stop = await runInProcess(await access(), { clock });
    try {
      await london.mirrorSays('hello-mirror', 'Ready=True');
      await eventually(async () => assert.ok((await tokenIn('renewing')) !== old));
      await london.linkSays('renewing', 'Connected=True/Connected', 'Ready=True');
      await paris.applies(aSlice('hello', endpoint('10.9.0.2')));
      await london.hasEndpoints('hello', '10.9.0.2');
    } finally {
      await stop();
    }
    const created = (await clusters().paris.audit.since(0)).filter(({ user }) =>
      user.endsWith(':peer-renewing'),
    );
    assert.equal(created.length, 1);
  });

  test('a token that may not renew itself stays, and its Link says what is missing', async () => {
    const { london } = await clusters().namespace('unrenewed');
    await clusters().paris.admit('unrenewed');
    await clusters().link('unrenewed', await clusters().paris.access('peer-unrenewed', life));
    const old = await tokenIn('unrenewed');
    await clusters().paris.kubectl(
      ...['delete', 'rolebinding', 'service-mirror-peer-token:unrenewed', '-n', ownNamespace],
    );
    const lines: string[] = [];
    const stop = await runInProcess(await access(), { clock, onLine: (line) => lines.push(line) });
    try {
      const link = await london.linkSays('unrenewed', 'Connected=True/CredentialsExpiring', 'Ready=True');
      assert.match(
        messageOf(link, 'Connected'),
        /cannot create resource "serviceaccounts\/token".*peer-access\.sh/,
      );
    } finally {
      await stop();
    }
    assert.ok((await tokenIn('unrenewed')) === old);
    assert.doesNotMatch(lines.join(), /eyJ/);
  });
}
