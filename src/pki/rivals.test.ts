import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { before, describe, it } from 'node:test';
import {
  aCluster,
  aCopy,
  aCrossCertificate,
  aLeaf,
  aNamesake,
  aRoot,
  type ClusterPki,
  type Likeness,
  type Named,
} from '../../test/gen/pki.js';
import { BundleError, readBundle, writeBundle } from './bundle.js';
import { contestedCas, rivalsOf, type Rivals } from './rivals.js';

const now = new Date();
let paris: ClusterPki;
let cas: Record<string, X509Certificate>;
before(async () => {
  paris = await aCluster('paris', { now });
  const { authority } = paris;
  const read = ({ cert }: { readonly cert: string }) => new X509Certificate(cert);
  const real = read(authority);
  const like = async (name: Named) => read(await aNamesake(authority, now, { name }));
  const [root, stranger, another] = await Promise.all([
    aRoot(now, 'CN=Root'),
    aRoot(now, 'CN=Stranger'),
    aRoot(now, 'CN=Another'),
  ]);
  cas = {
    real,
    forged: await like(real.subject),
    capital: await like(real.subject.toUpperCase()),
    spaced: await like([{ CN: [`${real.subject.slice('CN='.length)} `] }]),
    copy: read(await aCopy(authority, now)),
    root: read(root),
    otherRoot: read(await aRoot(now, 'CN=Root')),
    renewed: read(await aCrossCertificate(root, root, now)),
    rootCopy: read(await aCopy(root, now)),
    crossed: read(await aCrossCertificate(stranger, root, now)),
    crossedToo: read(await aCrossCertificate(another, root, now)),
    set: read(await aRoot(now, [{ O: ['Acme'], CN: ['R'] }])),
    parts: read(await aRoot(now, 'O=Acme, CN=R')),
  };
});
const ca = (name: string) => cas[name]!;

describe('rivalsOf() gives the name to', () => {
  const cases: Record<string, { pair: readonly [string, string]; holder: Rivals['holder'] | undefined }> = {
    'nobody of two names': { pair: ['real', 'root'], holder: undefined },
    'both when they are one': { pair: ['root', 'root'], holder: undefined },
    'who bears the hash of its key': { pair: ['real', 'forged'], holder: 'one' },
    'the same against capitals': { pair: ['real', 'capital'], holder: 'one' },
    'the same against a space': { pair: ['real', 'spaced'], holder: 'one' },
    'the same against a copy with its key, which bears the hash, too': {
      pair: ['real', 'copy'],
      holder: 'one',
    },
    'neither of two keys where the name tells nothing': { pair: ['root', 'otherRoot'], holder: 'neither' },
    'both where one key has signed both, as when a root is renewed': {
      pair: ['root', 'renewed'],
      holder: undefined,
    },
    'who has signed itself': { pair: ['root', 'rootCopy'], holder: 'one' },
    'the same against who was signed by others': { pair: ['renewed', 'crossed'], holder: 'one' },
    'neither of two that others have signed': { pair: ['crossed', 'crossedToo'], holder: 'neither' },
    'neither of two that HAProxy writes in one way': { pair: ['set', 'parts'], holder: 'neither' },
  };
  for (const [what, { pair, holder }] of Object.entries(cases))
    it(`${what}, in either order`, () => {
      const [one, other] = pair.map(ca) as [X509Certificate, X509Certificate];
      const turned = holder === 'one' ? 'other' : holder;
      assert.deepEqual(
        [rivalsOf([one], [other])[0]?.holder, rivalsOf([other], [one])[0]?.holder],
        [holder, turned],
      );
    });
});

describe('contestedCas() finds', () => {
  const cases: Record<string, { bundles: readonly (readonly string[])[]; contested: readonly string[] }> = {
    'nothing of different names': { bundles: [['real'], ['root']], contested: [] },
    'the one that does not hold the name': { bundles: [['forged'], ['real']], contested: ['forged'] },
    'a copy beside the real one': { bundles: [['root', 'rootCopy'], ['root']], contested: ['rootCopy'] },
    'both, when neither holds it': { bundles: [['root'], ['otherRoot']], contested: ['otherRoot', 'root'] },
    'nothing of one bundle, as while a root is renewed under its name': {
      bundles: [['root', 'otherRoot'], ['real']],
      contested: [],
    },
    'nothing of bundles that are the same': {
      bundles: [
        ['root', 'otherRoot'],
        ['otherRoot', 'root'],
      ],
      contested: [],
    },
    'a CA that only one of two bundles has beside its namesake': {
      bundles: [['root', 'otherRoot'], ['root']],
      contested: ['otherRoot', 'root'],
    },
  };
  for (const [what, { bundles, contested }] of Object.entries(cases))
    it(what, () => {
      const found = contestedCas(bundles.map((names) => names.map(ca)));
      const names = Object.keys(cas).filter((name) => found.has(ca(name)));
      assert.deepEqual(names.toSorted(), contested);
    });
});

const subjectOf = ({ authority }: ClusterPki) => new X509Certificate(authority.cert).subject;
const commonName = () => subjectOf(paris).slice('CN='.length);
const likenesses: Record<string, { likeness: () => Likeness; alike: boolean }> = {
  'its name': { likeness: () => ({}), alike: true },
  'its name in capitals': { likeness: () => ({ name: subjectOf(paris).toUpperCase() }), alike: true },
  'its name and a space': { likeness: () => ({ name: [{ CN: [`${commonName()} `] }] }), alike: true },
  'a tab and its name': { likeness: () => ({ name: [{ CN: [`\t${commonName()}`] }] }), alike: true },
  'its key identifier under another name': {
    likeness: () => ({ name: 'CN=other', keyId: true }),
    alike: false,
  },
  'nothing of it': { likeness: () => ({ name: 'CN=other' }), alike: false },
};

describe('rivalsOf() judges as OpenSSL does a CA of another key that has', () => {
  for (const [what, { likeness, alike }] of Object.entries(likenesses)) {
    it(what, async () => {
      const other = new X509Certificate((await aNamesake(paris.authority, now, likeness())).cert);
      const leaf = await aLeaf(paris.authority, 'paris', { now, anonymousIssuer: true });
      assert.equal(new X509Certificate(leaf.cert).checkIssued(other), alike);
      assert.equal(rivalsOf([other], [ca('real')]).length > 0, alike);
    });
  }
});

describe('rivalsOf()', () => {
  it('can judge whatever readBundle() takes, and TLS can load it', () => {
    const { raw } = ca('root');
    let judged = 0;
    for (const [at, byte] of raw.entries())
      for (const changed of [byte ^ 1, byte ^ 0x80, 0x10]) {
        const der = Buffer.from(raw);
        der[at] = changed;
        const taken = read(der);
        rivalsOf(taken, [ca('real'), ca('root')]);
        if (taken.length > 0) createSecureContext({ ca: writeBundle(taken) });
        judged += taken.length;
      }
    assert.ok(judged > raw.length, `only ${judged} could be read`);
  });
});

/** The CA of a bundle of one; none when the bundle is refused. */
function read(der: Buffer): X509Certificate[] {
  try {
    const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
    return readBundle(pem, now);
  } catch (error) {
    assert.ok(error instanceof BundleError, String(error));
    return [];
  }
}
