import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aConfigMap,
  aLink,
  aMirror,
  aService,
  aSlice,
  endpoint,
  importing,
  metadata,
  named,
  of,
  port,
  withStatus,
} from '../../../test/gen/gen.js';
import {
  key,
  messageOf,
  ready,
  settle,
  statusOf,
  walkthrough,
  working,
} from '../../../test/gen/walkthrough.js';
import { aRemote, type FakeCluster } from '../../../test/gen/cluster.js';
import { ownNames } from '../../api/names.js';
import { maxMirroredPorts } from '../../api/mirrorstatus.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileEndpoints } from './endpoints.js';

/** Egress ports that the status says the mirror has. */
const egressOf = (fake: FakeCluster) => statusOf(fake)?.ports?.flatMap(({ gatewayPort = [] }) => gatewayPort);

/** The mirror with another spec, its status as it is, as after `kubectl apply`. */
function edit(fake: FakeCluster, ...changes: Parameters<typeof aMirror>[1][]): void {
  const status = statusOf(fake) ?? {};
  fake.put(aMirror('hello-mirror', ...changes, withStatus(status), metadata({ generation: 2 })));
}

describe('the status of a mirror whose egress port cannot be recorded', () => {
  const theirs = aConfigMap(ownNames.ports, { theirs: 'x' });

  it("says so where the record is somebody else's, and has its port when that is away", async () => {
    const fake = walkthrough();
    fake.put(theirs);
    await settle(fake);
    assert.equal(ready(fake), 'False PortsExhausted');
    assert.match(
      messageOf(fake, 'Ready'),
      /1 of 1 ports.*ConfigMap service-mirror\/service-mirror-ports lacks/,
    );
    fake.drop(theirs);
    await settle(fake);
    assert.deepEqual(egressOf(fake), [10_000]);
  });

  it('says what the API server says to the record', async () => {
    const fake = walkthrough();
    fake.kube.beforeWrite = (write) => {
      if (!/^create configmaps/.test(write)) return;
      throw new ApiError('exceeded quota: q', { status: 403, reason: 'Forbidden' });
    };
    await settle(fake);
    assert.match(messageOf(fake, 'Ready'), /no egress port: .*exceeded quota: q$/);
    fake.kube.beforeWrite = () => undefined;
    await settle(fake);
    assert.deepEqual(egressOf(fake), [10_000]);
  });

  it('keeps the port that it has, and says nothing, after a restart too', async () => {
    const fake = await working();
    fake.put(theirs);
    const next = fake.restarted();
    await settle(next);
    assert.equal(ready(next), 'True Ready');
    assert.deepEqual(egressOf(next), [10_000]);
  });
});

describe('the status of a mirror', () => {
  const refusals: Record<string, (fake: FakeCluster) => void> = {
    'whose spec comes to name what the Link refuses': (fake) => edit(fake, of('paris', 'vault/hello')),
    'whose spec comes to name no Link': (fake) => edit(fake, of('rome', 'default/hello')),
    'whose namespace its Link selects no longer': (fake) =>
      fake.put(aLink('paris', importing({ namespaces: { matchLabels: { team: 'a' } } }))),
    'whose Link has come to watch other namespaces': (fake) =>
      fake.put(aLink('paris', importing({ remoteNamespaces: ['shop'] }))),
  };
  for (const [which, refuse] of Object.entries(refusals)) {
    it(`names no egress port of one ${which}`, async () => {
      const fake = await working();
      assert.deepEqual(egressOf(fake), [10_000]);
      refuse(fake);
      await settle(fake);
      assert.deepEqual(egressOf(fake) ?? [], []);
    });

    it(`names none after a restart, blind, of one ${which}`, async () => {
      const fake = await working();
      refuse(fake);
      const next = fake.restarted();
      next.remotes.clusters.set('paris', aRemote({ synced: false }));
      await settle(next);
      assert.deepEqual(egressOf(next) ?? [], []);
    });
  }

  it('names no egress port any more when the Link has come to be of another transport', async () => {
    const fake = await working();
    fake.put(aLink('paris', (draft) => (draft.spec.transport = 'flat')));
    await settle(fake);
    assert.deepEqual(egressOf(fake), []);
  });

  it('names the same port when the mirror is accepted again', async () => {
    const fake = await working();
    edit(fake, of('paris', 'vault/hello'));
    await settle(fake);
    edit(fake, of('paris', 'default/hello'));
    await settle(fake);
    assert.deepEqual(egressOf(fake), [10_000]);
  });

  it('names another port when the mirror names another service, and no slice leads to the one before', async () => {
    const fake = await working();
    const services = [aService('hello', port(80)), aService('other', port(80))];
    fake.remotes.clusters.set(
      'paris',
      aRemote({ services, slices: [aSlice('other', endpoint('10.9.0.2'))] }),
    );
    edit(fake, of('paris', 'default/other'), named('hello'));
    await reconcileEndpoints(fake)(key);
    const listed = fake.caches.slices.list().flatMap(({ endpoints }) => endpoints ?? []);
    assert.deepEqual(
      listed.map(({ conditions }) => conditions?.ready),
      [false],
    );
    await settle(fake);
    assert.deepEqual(egressOf(fake), [10_001]);
    assert.equal(statusOf(fake)?.source?.name, 'other');
    assert.notEqual(ready(fake), 'True Ready');
  });

  it('has room for whatever the remote service holds', async () => {
    const fake = walkthrough();
    const ports = Array.from({ length: 1_000 }, (_, n) => port(n + 1, { name: `p-${n + 1}` }));
    fake.remotes.clusters.set('paris', aRemote({ services: [aService('hello', ...ports)] }));
    await settle(fake);
    assert.equal(statusOf(fake)?.ports?.length, maxMirroredPorts);
    assert.equal(egressOf(fake)?.length, 256);
    assert.equal(ready(fake), 'False PortsExhausted');
    assert.match(messageOf(fake, 'Ready'), /^744 of 1000 ports have no egress port: one mirror may have 256/);
  });
});
