import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { aLink, aSecret, condition, labelled } from '../../test/gen/gen.js';
import { aFakeCluster, type FakeCluster } from '../../test/gen/cluster.js';
import { keys, managedBy, ownNames } from '../api/names.js';
import type { Link } from '../api/link.js';
import type { Secret } from '../api/objects.js';
import { createAuthority } from '../pki/ca.js';
import { encodeCaSecret, requestsOf, rotationKeys } from '../pki/casecret.js';
import { publish, type CaSecret } from '../pki/rotation.js';
import type { KubeClient } from '../runtime/kube.js';
import type { KeyPair } from '../pki/keypair.js';
import { rotateCa } from './rotateca.js';

let [old, fresh]: KeyPair[] = [];
before(async () => {
  const at = { now: new Date() };
  [old, fresh] = await Promise.all([createAuthority('london', at), createAuthority('london', at)]);
});

const phases = (): Record<'steady' | 'published' | 'settling', CaSecret> => ({
  steady: { signing: old! },
  published: publish({ signing: old! }, fresh!, Date.UTC(2026, 0, 1)),
  settling: { signing: fresh!, previous: old!.cert, since: Date.UTC(2026, 0, 1) },
});
const held = (fake: FakeCluster) =>
  fake.caches.secrets.get(`service-mirror/${ownNames.ca}`) as Readonly<Secret>;

/** The Secret in a phase, as the operator leaves it when it has acted on all that was asked. */
function enter(fake: FakeCluster, phase: keyof ReturnType<typeof phases>): void {
  const { data } = encodeCaSecret(phases()[phase]);
  const present = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
  const before = held(fake);
  const asked = before?.metadata.annotations ?? {};
  const seen = {
    ...(asked[rotationKeys.rotate] !== undefined && { [rotationKeys.rotated]: asked[rotationKeys.rotate] }),
    ...(asked[rotationKeys.force] !== undefined && { [rotationKeys.forced]: asked[rotationKeys.force] }),
  };
  const since = { [rotationKeys.since]: '2026-01-01T00:00:00.000Z' };
  const secret = aSecret(ownNames.ca, {}, labelled({ [keys.managedBy]: managedBy }), (draft) => {
    draft.data = present;
    draft.metadata.annotations = { ...asked, ...seen, ...since };
  });
  fake.put(secret);
}

function run(fake: FakeCluster, force = false) {
  const clock = fakeClock();
  const lines: string[] = [];
  const stop = new AbortController();
  const kube = {
    ...fake.kube,
    list: async () => ({ items: fake.caches.links.list(), resourceVersion: '' }),
  } as unknown as KubeClient;
  const done = rotateCa(
    { kube, clock, namespace: 'service-mirror', force, say: (line) => void lines.push(line) },
    stop.signal,
  );
  return { clock, lines, stop, done };
}

const waiting = (link: Link) => {
  const conditions = [condition('RotationFollowed', 'False', 'RotationWaiting')];
  link.status = { conditions };
};

describe('rotateCa()', () => {
  it('asks for a new CA, says whom it waits for, and ends when the new one signs', async () => {
    const fake = aFakeCluster(aLink('paris', waiting), aLink('rome'));
    enter(fake, 'steady');
    const { clock, lines, done } = run(fake);
    await clock.advance(0);
    assert.deepEqual(requestsOf(held(fake)), { requested: true, forced: false });
    assert.match(lines.join('\n'), /asked the operator/);
    enter(fake, 'published');
    await clock.advance(2_000);
    await clock.advance(2_000);
    assert.equal(lines.filter((line) => line.includes('RotationWaiting: Link paris')).length, 1);
    assert.doesNotMatch(lines.join('\n'), /Link rome/);
    enter(fake, 'settling');
    await clock.advance(2_000);
    await done;
    assert.match(lines.join('\n'), /is accepted until 2026-01-08/);
  });

  it('asks for both at once by force, and nobody is waited for twice', async () => {
    const fake = aFakeCluster();
    enter(fake, 'steady');
    const { clock, stop, done } = run(fake, true);
    await clock.advance(0);
    assert.deepEqual(requestsOf(held(fake)), { requested: true, forced: true });
    stop.abort();
    await done;
  });

  it('follows a rotation that is under way, and asks for no other', async () => {
    const fake = aFakeCluster();
    enter(fake, 'published');
    const { clock, lines, stop, done } = run(fake);
    await clock.advance(0);
    assert.deepEqual(requestsOf(held(fake)), { requested: false, forced: false });
    stop.abort();
    await done;
    assert.match(lines.at(-1) ?? '', /goes on without this command/);
  });

  it('drops the CA before by force, and ends when it is gone', async () => {
    const fake = aFakeCluster();
    enter(fake, 'settling');
    const { clock, lines, done } = run(fake, true);
    await clock.advance(0);
    assert.deepEqual(requestsOf(held(fake)), { requested: false, forced: true });
    enter(fake, 'steady');
    await clock.advance(2_000);
    await done;
    assert.match(lines.at(-1) ?? '', /^done: /);
  });

  it('says so when no operator acts', async () => {
    const fake = aFakeCluster();
    enter(fake, 'steady');
    const { clock, lines, stop, done } = run(fake);
    await clock.advance(30_000);
    assert.match(lines.at(-1) ?? '', /does Deployment service-mirror-operator run/);
    stop.abort();
    await done;
  });

  it('fails without a CA, and with one that others have put there', async () => {
    await assert.rejects(
      run(aFakeCluster()).done,
      /no Secret service-mirror\/service-mirror-ca.*--namespace/,
    );
    const foreign = aSecret(ownNames.ca, { 'tls.crt': old!.cert, 'tls.key': old!.key, 'ca.crt': old!.ca });
    await assert.rejects(run(aFakeCluster(foreign)).done, /put there by others/);
  });
});
