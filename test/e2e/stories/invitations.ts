import assert from 'node:assert/strict';
import { invitations } from '../../../src/api/resources.js';
import { readCode } from '../../../src/protocol/invitecode.js';
import { eventually } from '../../driver/eventually.js';
import type { E2eClusters } from '../clusters.js';

/** The program in the operator's pod, as people run it. */
const inPod = ['exec', '-n', 'service-mirror', 'deploy/service-mirror-operator', '--', 'service-mirror'];

/** Paris invites, in its operator's pod, and London looks at the code in its own, over Paris's gateway. */
export async function inviteAndLook({ london, paris }: E2eClusters): Promise<void> {
  const text = await paris.kubectl(...inPod, 'invite', 'berlin');
  const { cluster, id, addresses } = readCode(text);
  assert.ok(addresses.length > 0);
  const name = `berlin-${id}`;
  assert.equal((await paris.get(invitations, name)).spec.link, 'berlin');
  // both are linked already, which London says only when Paris's gateway has proved itself and taken the secret
  await eventually(
    () =>
      assert.rejects(
        london.kubectl(...inPod, 'accept', text.trim(), '--dry-run', '--name', 'again'),
        new RegExp(`there is a Link to a cluster named ${cluster}|PeerConflict`),
      ),
    60_000,
  );
  await paris.deletes(invitations, name);
}
