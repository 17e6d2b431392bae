import assert from 'node:assert/strict';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { authorityLife, createAuthority, issue, issueLeaf, leafLife } from './ca.js';
import { namesOf } from './names.js';
import { profileOf, roles, usageIds } from './profile.js';

const now = new Date('2026-03-01T12:00:00Z');

test('createAuthority() makes a CA that is named after its cluster and its key', async () => {
  const authority = await createAuthority('paris', { now });
  const certificate = new X509Certificate(authority.cert);
  const spki = certificate.publicKey.export({ format: 'der', type: 'spki' });
  assert.equal(
    certificate.subject,
    `CN=paris-${createHash('sha256').update(spki).digest('hex').slice(0, 12)}`,
  );
  assert.equal(certificate.ca, true);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(authority.key)));
  assert.equal(certificate.validToDate.getTime(), now.getTime() + authorityLife);
  assert.equal(authority.ca, authority.cert);
});

test('createAuthority() never makes the same CA twice', async () => {
  const [one, two] = await Promise.all([
    createAuthority('paris', { now }),
    createAuthority('paris', { now }),
  ]);
  assert.notEqual(new X509Certificate(one.cert).subject, new X509Certificate(two.cert).subject);
});

for (const role of roles) {
  test(`issueLeaf() says of the ${role} what its profile says, and no more`, async () => {
    const authority = await createAuthority('paris', { now });
    const ca = authority.ca + (await createAuthority('paris', { now })).ca;
    const leaf = await issueLeaf({ ...authority, ca }, role, { cluster: 'paris', now });
    const certificate = new X509Certificate(leaf.cert);
    const { commonName, dnsNames, uris, usages } = profileOf(role, 'paris');
    assert.equal(certificate.subject, `CN=${commonName}`);
    assert.deepEqual(namesOf(certificate), { dns: dnsNames, uris });
    assert.deepEqual(
      certificate.keyUsage,
      usages.map((usage) => usageIds[usage]),
    );
    assert.equal(certificate.ca, false);
    assert.equal(certificate.validToDate.getTime(), now.getTime() + leafLife);
    assert.ok(certificate.validFromDate < now, 'a peer whose clock lags must accept it');
    const issuer = new X509Certificate(authority.cert);
    assert.ok(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
    assert.ok(certificate.checkPrivateKey(createPrivateKey(leaf.key)));
    assert.equal(leaf.ca, ca);
  });
}

test('issue() lets no leaf outlive its CA', async () => {
  const authority = await createAuthority('paris', { now, life: 3600_000 });
  const leaf = await issue(authority, profileOf('ingress', 'paris'), { now });
  assert.equal(new X509Certificate(leaf.cert).validToDate.getTime(), now.getTime() + 3600_000);
});

test('issue() rejects when the CA cannot sign', async () => {
  const authority = await createAuthority('paris', { now });
  await assert.rejects(issue({ ...authority, key: 'no key' }, profileOf('ingress', 'paris'), { now }));
});
