import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  linkReasons,
  mirrorReasons,
  toConditions,
  type LinkReason,
  type MirrorReason,
} from '../../../src/api/conditions.js';
import { withProgress } from '../../../src/api/kstatus.js';
import { ensureBinary } from '../../../tools/clusters/binaries.js';
import { computeStatus } from '../../driver/kstatus.js';
import { startLight, type LightCluster } from '../../../tools/clusters/light.js';
import { toStderr } from '../../../tools/clusters/progress.js';
import { kubectlOf, type Kubectl } from '../../../tools/clusters/kubectl.js';
import { linkOf, mirrorOf, credentialsSecretRef, type Written } from './written.js';

type Reason = MirrorReason | LinkReason;

/** What tools shall take an object for, by the reason of its `Ready`; all other reasons are InProgress. */
const failed: readonly Reason[] = [
  'InvalidSpec',
  'NameConflict',
  'NamespaceNotAllowed',
  'UnsupportedService',
  'UnsupportedProtocol',
  'PeerConflict',
  'PeerMismatch',
  'SelfLink',
  'InsecurePeer',
  'CredentialsRejected',
];

/** What cli-utils computes for each of these objects, in their order. */
async function compute(objects: readonly object[]): Promise<string[]> {
  return computeStatus(await ensureBinary('kstatus', toStderr), objects);
}

/** An object whose `Ready` has that reason. */
function withReason(object: Written, reason: Reason): object {
  const status = reason === 'Ready' ? 'True' : 'False';
  const verdicts = withProgress([{ type: 'Ready', status, reason, message: 'as it is' }]);
  const conditions = toConditions(verdicts, undefined, { now: '2026-01-01T00:00:00Z', generation: 3 });
  const metadata = { ...object.metadata, generation: 3 };
  return { ...object, metadata, status: { observedGeneration: 3, conditions } };
}

suite('what kstatus of sigs.k8s.io/cli-utils computes', () => {
  const kinds = {
    ServiceMirror: [mirrorOf(), mirrorReasons],
    Link: [linkOf({ credentialsSecretRef }), linkReasons],
  } as const;
  for (const [kind, [object, reasons]] of Object.entries(kinds))
    test(`for each reason of a ${kind}`, async () => {
      const all = Object.keys(reasons) as Reason[];
      const words = await compute(all.map((reason) => withReason(object, reason)));
      const wanted = all.map((reason) =>
        reason === 'Ready' ? 'Current' : failed.includes(reason) ? 'Failed' : 'InProgress',
      );
      assert.deepEqual(
        Object.fromEntries(all.map((reason, at) => [reason, words[at]])),
        Object.fromEntries(all.map((reason, at) => [reason, wanted[at]])),
      );
    });

  suite('for objects of a real API server', () => {
    let cluster: LightCluster;
    let kubectl: Kubectl;

    before(async () => {
      cluster = await startLight();
      kubectl = await kubectlOf(cluster.kubeconfig);
      await kubectl('apply', '-f', 'crds');
      await kubectl('wait', '--for=condition=Established', 'crd', '--all');
    });
    after(() => cluster.stop());

    test('that no operator has seen: InProgress', async () => {
      for (const object of [mirrorOf(), linkOf({ credentialsSecretRef })]) {
        const stored = JSON.parse(await kubectl.apply(JSON.stringify(object), '-o', 'json')) as object;
        assert.deepEqual(await compute([stored]), ['InProgress']);
      }
    });
  });
});
