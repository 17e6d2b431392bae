import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aSecret, epoch } from '../../../test/gen/gen.js';
import { aCluster } from '../../../test/gen/pki.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { ownNames } from '../../api/names.js';
import { joinBundles } from '../../pki/given.js';
import { decodeIdentity } from '../../protocol/identity.js';
import { silent } from '../../runtime/log.js';
import { createAdvertised } from './advertised.js';
import { externalCertificates } from './external.js';
import { reconcileGateway } from './gateway.js';

const now = new Date(epoch);
const london = await aCluster('london', { now });
const secretOf = (name: string, { cert, key, ca } = london.ingress) =>
  aSecret(name, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });
const given = () => [
  secretOf(ownNames.ingressTls, london.ingress),
  secretOf(ownNames.egressTls, london.egress),
  secretOf(ownNames.operatorTls, london.operator),
];
const reconcile = (fake: FakeCluster) =>
  reconcileGateway({
    ...{ ...fake, log: silent, certificates: 'external' },
    advertised: createAdvertised({ ...fake, log: silent, fixed: [], onChange: () => {} }),
  });
const identity = (fake: FakeCluster) =>
  fake.caches.configMaps.get(`service-mirror/${ownNames.identity}`)?.data ?? {};

describe('externalCertificates()', () => {
  it('publishes the CAs of the Secrets that it is given, and makes nothing', async () => {
    const fake = aFakeCluster(...given());
    await reconcile(fake)();
    const read = decodeIdentity(identity(fake), now);
    assert.ok('value' in read);
    assert.equal(read.value.caBundle, london.authority.ca.trimEnd() + '\n');
    assert.deepEqual(
      fake.written().filter((write) => write.includes('secrets')),
      [],
    );
  });

  it('names the Secret, the field and the fix, once, and leaves what peers know as it is', async () => {
    const fake = aFakeCluster(...given());
    const look = reconcile(fake);
    await look();
    const before = identity(fake);
    fake.put(secretOf(ownNames.egressTls, { ...london.egress, key: london.ingress.key }));
    for (let times = 0; times < 2; times++)
      await assert.rejects(
        look(),
        /Secret service-mirror\/service-mirror-egress-tls: tls\.key is not the key/,
      );
    assert.deepEqual(fake.told, ['Warning CertificateUnusable']);
    assert.deepEqual(identity(fake), before);
    fake.put(secretOf(ownNames.egressTls, london.egress));
    await look();
  });

  it('publishes the CAs of the Secret of the CA besides, while a root is replaced', async () => {
    const [next, leaf] = [await aCluster('london', { now }), london.ingress.cert];
    const besides = (pem: string) => aSecret(ownNames.ca, { 'ca.crt': pem });
    const cases: Record<string, { pem: string; bundle?: string }> = {
      'the one that is to come': {
        pem: next.authority.ca,
        bundle: joinBundles([london.authority.ca, next.authority.ca]),
      },
      'the same once more': { pem: london.authority.ca, bundle: joinBundles([london.authority.ca]) },
      'nothing at all': { pem: '', bundle: joinBundles([london.authority.ca]) },
      'no CA, which would spoil the whole bundle for peers': { pem: leaf },
      'what is not PEM': { pem: 'root' },
    };
    for (const [title, { pem, bundle }] of Object.entries(cases)) {
      const kept = await externalCertificates(aFakeCluster(...given(), besides(pem)))(now);
      if (bundle !== undefined) assert.deepEqual(kept, { kind: 'good', bundle }, title);
      else assert.deepEqual([kept.kind, 'secret' in kept && kept.secret], ['bad', ownNames.ca], title);
    }
  });

  it('is not kept from its work by a CA besides that has expired', async () => {
    const old = await aCluster('london', { now: new Date(now.getTime() - 40 * 365 * 24 * 3600_000) });
    const kept = await externalCertificates(
      aFakeCluster(...given(), aSecret(ownNames.ca, { 'ca.crt': old.authority.ca })),
    )(now);
    assert.equal(kept.kind, 'good');
  });

  it('waits for Secrets that are not there yet', async () => {
    const fake = aFakeCluster();
    const kept = await externalCertificates(fake)(now);
    assert.ok(kept.kind === 'bad');
    assert.equal(kept.secret, ownNames.ingressTls);
  });
});
