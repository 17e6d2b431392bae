import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startLight, type LightCluster } from '../../../tools/clusters/light.js';
import { kubectlOf, type Kubectl } from '../../../tools/clusters/kubectl.js';
import { badObjects } from './badobjects.js';
import { goodObjects } from './goodobjects.js';
import { taughtObjects } from './taught.js';
import { invitationOf, mirrorOf } from './written.js';

suite('the generated CRDs on a real API server', () => {
  let cluster: LightCluster;
  let kubectl: Kubectl;

  before(async () => {
    cluster = await startLight();
    kubectl = await kubectlOf(cluster.kubeconfig);
    await kubectl('apply', '-f', 'crds');
    await kubectl('wait', '--for=condition=Established', 'crd', '--all');
  });
  after(() => cluster.stop());

  // nothing is stored, so they need not wait for each other
  suite('take or refuse each object', { concurrency: 4 }, () => {
    for (const [what, { object, field, fix }] of Object.entries(badObjects)) {
      test(`refuse ${what}, and say what to do`, async () => {
        const refusal = await kubectl.refusal(JSON.stringify(object));
        assert.ok(refusal, 'it was accepted');
        assert.ok(refusal.includes(field), refusal);
        assert.match(refusal, fix);
      });
    }

    for (const [what, { object, stored }] of Object.entries(goodObjects)) {
      test(`accept ${what}, and fill in the defaults`, async () => {
        const answer = await kubectl.apply(JSON.stringify(object), '--dry-run=server', '-o', 'json');
        assert.deepEqual((JSON.parse(answer) as { spec: unknown }).spec, stored);
      });
    }
  });

  test('take each Link and each ServiceMirror that README, docs and examples teach', async () => {
    const taught = taughtObjects();
    for (const page of [
      'README.md',
      'docs/automatic.md',
      'docs/failover.md',
      'docs/statefulsets.md',
      'examples/hello-mirror.yaml',
    ])
      assert.ok(
        [...taught.keys()].some((from) => from.startsWith(page)),
        `${page} teaches nothing`,
      );
    for (const [from, object] of taught)
      assert.equal(await kubectl.refusal(JSON.stringify(object)), undefined, from);
  });

  test('refuse another name for the local Service, accept the same name spelled out', async () => {
    await kubectl.apply(JSON.stringify(mirrorOf()));
    const refusal = await kubectl.refusal(JSON.stringify(mirrorOf({ name: 'other' })));
    assert.match(refusal ?? '', /spec\.name: .* is immutable: keep it, or delete this ServiceMirror/);
    assert.equal(await kubectl.refusal(JSON.stringify(mirrorOf({ name: 'hello' }))), undefined);
    const renamed = mirrorOf({ service: { name: 'hello-v2' } });
    assert.match((await kubectl.refusal(JSON.stringify(renamed))) ?? '', /is immutable/);
  });

  test('keep an invitation as it went out, but for the hash, which may be removed', async () => {
    const invitation = invitationOf({ exports: { all: true } });
    await kubectl.apply(JSON.stringify(invitation));
    for (const fields of [
      { expires: '2026-03-02T12:15:00Z' },
      { exports: { services: { matchLabels: { app: 'web' } } } },
      { exports: null },
      { secretHash: 'cd'.repeat(32) },
    ]) {
      const patch = JSON.stringify({ spec: fields });
      await assert.rejects(
        kubectl('patch', 'sminv', invitation.metadata.name, '--type=merge', '-p', patch),
        /invite again/,
      );
    }
    const forget = JSON.stringify({ spec: { secretHash: null } });
    await kubectl('patch', 'sminv', invitation.metadata.name, '--type=merge', '-p', forget);
    const again = JSON.stringify({ spec: { secretHash: 'ab'.repeat(32) } });
    await assert.rejects(
      kubectl('patch', 'sminv', invitation.metadata.name, '--type=merge', '-p', again),
      /can only be removed/,
    );
  });

  test('show in columns whether a mirror works, and if not, why', async () => {
    await kubectl.apply(JSON.stringify(mirrorOf()));
    const status = {
      source: { cluster: 'cluster-a', namespace: 'default', name: 'hello', display: 'default/hello' },
      service: { name: 'hello' },
      endpoints: { ready: 0, total: 2, display: '0/2' },
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'NotExported',
          message: 'label it',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    };
    const patch = JSON.stringify({ status });
    await kubectl('patch', 'sm', 'hello-mirror', '--subresource=status', '--type=merge', '-p', patch);
    const [head = '', line = ''] = (await kubectl('get', 'sm', '-o', 'wide')).split('\n');
    assert.match(head, /^NAME +CLUSTER +REMOTE +SERVICE +READY +ENDPOINTS +REASON +AGE +MESSAGE/);
    assert.match(
      line,
      /^hello-mirror +cluster-a +default\/hello +hello +False +0\/2 +NotExported +\S+ +label it/,
    );
  });

  test('keep a status that is written with the spec out of the object', async () => {
    await kubectl('delete', 'sm', '--all', '--all-namespaces');
    await kubectl.apply(JSON.stringify({ ...mirrorOf(), status: { observedGeneration: 7 } }));
    assert.equal(
      await kubectl('get', 'sm', 'hello-mirror', '-o', 'jsonpath={.status}'),
      '{"observedGeneration":-1}',
    );
  });

  test('explain every field', async () => {
    for (const kind of ['links.linkerd.io', 'servicemirrors.linkerd.io', 'invitations.linkerd.io']) {
      const explained = await kubectl('explain', kind, '--recursive');
      assert.match(explained, /spec\t<[^>]+> -required-/);
    }
    assert.match(await kubectl('explain', 'sm.spec.name'), /Name of the local Service/);
    assert.match(
      await kubectl('explain', 'links.linkerd.io.spec.transport'),
      /ENUM:\s+gateway\s+linkerd\s+flat/,
    );
  });

  test('are unchanged when they are applied again', async () => {
    const answer = await kubectl('apply', '-f', 'crds');
    assert.deepEqual(
      answer
        .trim()
        .split('\n')
        .map((line) => line.split(' ').at(-1)),
      ['unchanged', 'unchanged', 'unchanged'],
    );
  });
});
