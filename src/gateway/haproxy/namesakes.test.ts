import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { aCluster, aNamesake, aRoot, type Named } from '../../../test/pki.js';
import { contestedCas } from './namesakes.js';

const now = new Date();
type Cas = Record<
  'real' | 'forged' | 'capital' | 'spaced' | 'old' | 'fresh' | 'slashed' | 'parted',
  X509Certificate
>;
let cas: Cas;
before(async () => {
  const { authority } = await aCluster('london');
  const real = new X509Certificate(authority.cert);
  const like = async (name: Named) => new X509Certificate((await aNamesake(authority, now, { name })).cert);
  const root = async (name: Named) => new X509Certificate((await aRoot(now, name)).cert);
  cas = {
    real,
    forged: await like(real.subject),
    capital: await like(real.subject.toUpperCase()),
    spaced: await like([{ CN: [`${real.subject.slice('CN='.length)} `] }]),
    old: await root('CN=Root'),
    fresh: await root('CN=Root'),
    slashed: await root([{ O: [{ utf8String: 'Acme/CN=R' }] }]),
    parted: await root('O=Acme, CN=R'),
  };
});

type Bundles = readonly (readonly (keyof Cas)[])[];
const cases: Record<string, { bundles: Bundles; contested: readonly (keyof Cas)[] }> = {
  'nothing of different names': { bundles: [['real'], ['old']], contested: [] },
  'the one of two namesakes that does not bear its hash': {
    bundles: [['real'], ['forged']],
    contested: ['forged'],
  },
  'one that has the name in capitals': { bundles: [['capital'], ['real']], contested: ['capital'] },
  'one that has the name and a space': { bundles: [['real'], ['spaced']], contested: ['spaced'] },
  'one that comes with the rightful one': { bundles: [['real'], ['real', 'forged']], contested: ['forged'] },
  'both, when none bears its hash': { bundles: [['old'], ['fresh']], contested: ['fresh', 'old'] },
  'two names that HAProxy writes in one way': {
    bundles: [['slashed'], ['parted']],
    contested: ['parted', 'slashed'],
  },
  'nothing of one bundle, as while a root is renewed under its name': {
    bundles: [['old', 'fresh'], ['real']],
    contested: [],
  },
  'nothing of bundles that are the same': {
    bundles: [
      ['old', 'fresh'],
      ['fresh', 'old'],
    ],
    contested: [],
  },
  'a CA that only one of two bundles has beside its namesake': {
    bundles: [['old', 'fresh'], ['old']],
    contested: ['fresh', 'old'],
  },
};

describe('contestedCas() finds', () => {
  for (const [what, { bundles, contested }] of Object.entries(cases))
    it(what, () => {
      const found = contestedCas(bundles.map((names) => names.map((name) => cas[name])));
      const names = Object.entries(cas).filter(([, ca]) => found.has(ca));
      assert.deepEqual(names.map(([name]) => name).toSorted(), contested);
    });
});
