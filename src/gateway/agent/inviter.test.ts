import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aLink } from '../../../test/gen/gen.js';
import { memoryKube } from '../../../test/gen/kube.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { mostAttempts, type Invitation } from '../../api/invitation.js';
import type { Link } from '../../api/link.js';
import { timestamp } from '../../api/conditions.js';
import { invitations as kind } from '../../api/resources.js';
import { createStore } from '../../runtime/cache.js';
import { ApiError } from '../../runtime/errors.js';
import { silent, type Log } from '../../runtime/log.js';
import type { Identity } from '../../protocol/identity.js';
import { hashOfSecret, type InvitationRequest } from '../../protocol/invitation.js';
import { createInviter } from './inviter.js';

const secret = Buffer.alloc(20, 7);
let london: ClusterPki;
let paris: ClusterPki;
let lyon: ClusterPki;
before(async () => {
  [london, paris, lyon] = await Promise.all([aCluster('london'), aCluster('paris'), aCluster('lyon')]);
});

const identityOf = ({ cluster, authority }: ClusterPki): Identity => ({
  ...{ cluster, uid: `uid-${cluster}`, caBundle: authority.cert },
  addresses: [{ host: '198.51.100.9', port: 4143 }],
});
const request = (changes: Partial<InvitationRequest> = {}): InvitationRequest => ({
  ...{ id: '4f2a9c1e', secret, act: 'redeem', identity: identityOf(london), ...changes },
});

function setUp({ log = silent }: { log?: Log } = {}) {
  const clock = fakeClock();
  const onError = (error: unknown) => assert.fail(String(error));
  const invitations = createStore<Invitation>({ onError });
  const links = createStore<Link>({ onError });
  const kube = memoryKube({ invitations: invitations, links: links });
  const desk = createInviter({
    ...{ kube, invitations, links, clock, log },
    own: () => identityOf(paris),
    peers: () => [],
  });
  const put = (changes: Partial<Invitation> = {}) =>
    invitations.put({
      ...{ apiVersion: 'linkerd.io/v1alpha1', kind: 'Invitation' },
      metadata: {
        name: 'london-4f2a9c1e',
        uid: 'u1',
        resourceVersion: '1',
        creationTimestamp: timestamp(clock.now()),
      },
      spec: {
        ...{ link: 'london', secretHash: hashOfSecret(secret), expires: timestamp(clock.now() + 900_000) },
        exports: { services: { matchLabels: { team: 'shop' } }, allowSelectorless: false },
      },
      ...changes,
    });
  put();
  const stored = () => invitations.get('london-4f2a9c1e');
  return { clock, invitations, links, kube, desk, put, stored };
}

const refusalOf = (outcome: object) => ('refusal' in outcome ? outcome.refusal : undefined);

test('the right secret redeems once, and the answer says who we are and what we export', async () => {
  const { desk, stored, kube } = setUp();
  assert.deepEqual(await desk.take(request(), '198.51.100.20'), {
    identity: identityOf(paris),
    exports: 'Services with team=shop',
  });
  const { cluster, uid, from, caBundle } = stored()?.status?.redemption ?? {};
  assert.deepEqual([cluster, uid, from], ['london', 'uid-london', '198.51.100.20']);
  assert.equal(caBundle, london.authority.cert);
  assert.deepEqual(kube.writes, ['patch invitations london-4f2a9c1e']);
});

test('to look uses nothing up', async () => {
  const { desk, kube } = setUp();
  assert.equal(refusalOf(await desk.take(request({ act: 'look' }), 'ip')), undefined);
  assert.deepEqual(kube.writes, []);
});

test('whoever has redeemed may ask again for a minute, and nobody else', async () => {
  const { desk, clock, kube } = setUp();
  await desk.take(request(), 'ip');
  assert.equal(refusalOf(await desk.take(request(), 'ip')), undefined);
  assert.equal(refusalOf(await desk.take(request({ identity: identityOf(lyon) }), 'ip')), 'NotOpen');
  assert.equal(
    refusalOf(await desk.take(request({ act: 'look', identity: identityOf(lyon) }), 'ip')),
    'NotOpen',
  );
  assert.deepEqual(kube.writes, ['patch invitations london-4f2a9c1e']);
  await clock.advance(61_000);
  assert.equal(refusalOf(await desk.take(request(), 'ip')), 'NotOpen');
  assert.equal(desk.isOpen(), false);
});

test('of two that redeem at once, one does', async () => {
  const { desk, stored } = setUp();
  const outcomes = await Promise.all(
    [london, lyon].map((who) => desk.take(request({ identity: identityOf(who) }), 'ip')),
  );
  assert.deepEqual(outcomes.map(refusalOf), [undefined, 'NotOpen']);
  assert.equal(stored()?.status?.redemption?.cluster, 'london');
});

test('another gateway that is quicker has redeemed', async () => {
  const { desk, kube, put, stored } = setUp();
  let first = true;
  kube.beforeWrite = () => {
    if (!first) return;
    first = false;
    const redemption = { at: timestamp(Date.now()), cluster: 'lyon', uid: 'u', caBundle: 'PEM' };
    put({ metadata: { ...stored()!.metadata, resourceVersion: '2' }, status: { redemption } });
    throw new ApiError('modified', { status: 409, reason: 'Conflict' });
  };
  assert.equal(refusalOf(await desk.take(request(), 'ip')), 'NotOpen');
  assert.equal(stored()?.status?.redemption?.cluster, 'lyon');
});

test('a wrong secret is counted, and after some the invitation is void, for the right one too', async () => {
  const { desk, stored } = setUp();
  const wrong = request({ secret: Buffer.alloc(20, 8) });
  for (let at = 1; at <= mostAttempts; at += 1) {
    assert.equal(refusalOf(await desk.take(wrong, 'ip')), 'NotOpen');
    assert.equal(stored()?.status?.attempts, at);
  }
  assert.equal(desk.isOpen(), false);
  assert.equal(refusalOf(await desk.take(request(), 'ip')), 'NotOpen');
});

test('wrong secrets make it void even if they cannot be written down', async () => {
  const { desk, kube, stored } = setUp();
  kube.beforeWrite = () => {
    throw new ApiError('no', { status: 500 });
  };
  const wrong = request({ secret: Buffer.alloc(20, 8) });
  for (let at = 0; at < mostAttempts; at += 1) await desk.take(wrong, 'ip');
  kube.beforeWrite = () => {};
  assert.equal(stored()?.status?.attempts, undefined);
  assert.equal(refusalOf(await desk.take(request(), 'ip')), 'NotOpen');
});

test('an id that nobody has given out counts for no invitation', async () => {
  const { desk, kube } = setUp();
  for (let at = 0; at < 20; at += 1)
    assert.equal(refusalOf(await desk.take(request({ id: '00000000' }), 'ip')), 'NotOpen');
  assert.deepEqual(kube.writes, []);
  assert.equal(refusalOf(await desk.take(request(), 'ip')), undefined);
});

test('an invitation is still good if it could not be written that it is used', async () => {
  const { desk, kube, stored } = setUp();
  kube.beforeWrite = () => {
    throw new ApiError('no', { status: 500 });
  };
  assert.equal(refusalOf(await desk.take(request(), 'ip')), 'Unavailable');
  kube.beforeWrite = () => {};
  assert.equal(stored()?.status?.redemption, undefined);
  assert.equal(refusalOf(await desk.take(request(), 'ip')), undefined);
});

test('an invitation that was made anew under its name is another one', async () => {
  const { desk, kube, stored } = setUp();
  const anew = { ...stored()!, metadata: { ...stored()!.metadata, uid: 'u2' } };
  Object.assign(kube, { get: async () => anew });
  assert.equal(refusalOf(await desk.take(request(), 'ip')), 'NotOpen');
  assert.equal(stored()?.status?.redemption, undefined);
});

test('the cluster of a Link that is there cannot redeem', async () => {
  const { desk, links, stored } = setUp();
  links.put(aLink('london'));
  assert.equal(refusalOf(await desk.take(request(), 'ip')), 'NameConflict');
  assert.equal(stored()?.status?.redemption, undefined);
});

test('nobody is let in without an invitation, and it is known when the last one ends', async () => {
  const { desk, clock, invitations, stored } = setUp();
  assert.equal(desk.isOpen(), true);
  const wait = desk.lookAgainIn() ?? 0;
  assert.ok(wait > 898_000 && wait <= 900_000, String(wait));
  await clock.advance(wait);
  assert.equal(desk.isOpen(), false);
  assert.equal(desk.lookAgainIn(), undefined);
  invitations.drop(stored()!);
  assert.equal(refusalOf(await desk.take(request(), 'ip')), 'NotOpen');
});

test('no line of the log shows a secret', async () => {
  const lines: unknown[] = [];
  const write = (...line: unknown[]) => void lines.push(line);
  const log = { ...silent, info: write, warn: write, error: write, debug: write } as Log;
  const { desk } = setUp({ log });
  const wrong = Buffer.alloc(20, 0xab);
  await desk.take(request({ secret: wrong }), 'ip');
  await desk.take(request(), 'ip');
  assert.equal(lines.length, 2);
  const text = JSON.stringify(lines);
  for (const one of [secret, wrong])
    for (const form of [one.toString('hex'), one.toString('base64url'), hashOfSecret(one)])
      assert.ok(!text.includes(form));
  assert.equal(kind.plural, 'invitations');
});
