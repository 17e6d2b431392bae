import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { aConfigMap, aLink } from '../../test/gen/gen.js';
import { memoryKube } from '../../test/gen/kube.js';
import { aCluster, type ClusterPki } from '../../test/gen/pki.js';
import type { Invitation } from '../api/invitation.js';
import { ownNames } from '../api/names.js';
import type { KubeObject } from '../api/objects.js';
import { keyPinOf } from '../pki/keypin.js';
import { readCertificates } from '../pki/bundle.js';
import { encodeIdentity } from '../protocol/identity.js';
import { hashOfSecret } from '../protocol/invitation.js';
import { readCode } from '../protocol/invitecode.js';
import { createStore } from '../runtime/cache.js';
import { invite, type InviteFlags } from './invite.js';

let paris: ClusterPki;
before(async () => {
  paris = await aCluster('paris', { now: new Date(fakeClock().now()) });
});

const published = [{ host: '203.0.113.7', port: 4143 }];
const flags: InviteFlags = { namespace: 'service-mirror', link: 'london', validFor: 900_000, addresses: [] };

function setUp({ addresses = published }: { addresses?: typeof published } = {}) {
  const clock = fakeClock();
  const stores = Object.fromEntries(
    ['configmaps', 'links', 'invitations'].map((plural) => [
      plural,
      createStore<KubeObject>({ onError: (error) => assert.fail(String(error)) }),
    ]),
  );
  const kube = memoryKube(stores);
  const who = { cluster: 'paris', uid: 'uid-paris', caBundle: paris.authority.ca, addresses };
  const identity = aConfigMap(ownNames.identity, encodeIdentity(who));
  stores.configmaps!.put({ ...identity, metadata: { ...identity.metadata, namespace: 'service-mirror' } });
  const [out, said]: string[][] = [[], []];
  const run = (changes: Partial<InviteFlags> = {}) =>
    invite(
      { ...flags, ...changes },
      { kube, clock, print: (text) => void out!.push(text), say: (line) => void said!.push(line) },
    );
  return { stores, kube, clock, run, out: () => out!.join(''), said: () => said!.join('\n') };
}

test('invite() prints one line, and keeps of its secret a hash', async () => {
  const { run, out, said, stores } = setUp();
  await run();
  assert.match(out(), /^smi1_\S+\n$/);
  const code = readCode(out());
  assert.deepEqual([code.cluster, code.addresses], ['paris', published]);
  assert.deepEqual(code.pins, readCertificates(paris.authority.ca).map(keyPinOf));
  const invitation = stores.invitations!.get(`london-${code.id}`) as Invitation;
  assert.equal(invitation.spec.secretHash, hashOfSecret(code.secret));
  assert.equal(Date.parse(invitation.spec.expires), code.expires);
  assert.equal(invitation.spec.exports, undefined);
  const kept = JSON.stringify(invitation) + said();
  for (const form of ['hex', 'base64', 'base64url'] as const)
    assert.ok(!kept.includes(code.secret.toString(form)));
});

test('two invitations have nothing in common', async () => {
  const { run, out } = setUp();
  await run();
  await run();
  const [one, other] = out().trim().split('\n').map(readCode);
  assert.notEqual(one!.id, other!.id);
  assert.ok(!one!.secret.equals(other!.secret));
});

test('invite() says who may reach what', async () => {
  const { run, said } = setUp();
  await run({ exports: { all: true, allowSelectorless: false } });
  assert.match(said(), /until 2026-01-01T00:15:00Z \(15m\)/);
  assert.match(said(), /becomes Link london, and may reach: all Services/);
});

test('invite() takes other addresses than those that are published, and needs one', async () => {
  const { run, out } = setUp({ addresses: [] });
  await assert.rejects(run(), /--address/);
  await run({ addresses: [{ host: 'gw.example.com', port: 443 }] });
  assert.deepEqual(readCode(out()).addresses, [{ host: 'gw.example.com', port: 443 }]);
});

test('invite() makes nothing where a Link of that name is, or no operator', async () => {
  const { run, stores, kube, out } = setUp();
  stores.links!.put(aLink('london'));
  await assert.rejects(run(), /there is a Link london already/);
  await assert.rejects(run({ namespace: 'elsewhere' }), /is the operator installed/);
  assert.deepEqual([kube.writes, out()], [[], '']);
});
