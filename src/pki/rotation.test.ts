import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fingerprintOf, readCertificates } from './bundle.js';
import { authorityLife, createAuthority, issue } from './ca.js';
import {
  fingerprintIn,
  nextStep,
  phaseOf,
  publish,
  publishedAtLeast,
  rotationProblem,
  settleTime,
  type Circumstances,
  type CaSecret,
} from './rotation.js';
import type { KeyPair } from './keypair.js';

const start = Date.UTC(2026, 0, 1);
const day = 24 * 3600_000;
let [old, fresh, third]: KeyPair[] = [];
const olds = () => old as KeyPair;
const news = () => fresh as KeyPair;
const thirds = () => third as KeyPair;
before(async () => {
  const at = { now: new Date(start) };
  [old, fresh, third] = await Promise.all(
    ['london', 'london', 'london'].map((name) => createAuthority(name, at)),
  );
});

const steady = (): CaSecret => ({ signing: olds() });
const published = (): CaSecret => publish(steady(), news(), start);
const settling = (): CaSecret => ({
  signing: { ...news(), ca: news().cert + olds().cert },
  previous: olds().cert,
  since: start,
});
const calm: Circumstances = {
  ...{ now: start, requested: false, forced: false, waiting: false, leavesFollow: true },
};
const prints = ({ signing }: CaSecret) => readCertificates(signing.ca).map(fingerprintOf);
/** What a step does, in one word. */
function outcome(caSecret: CaSecret, at: Partial<Circumstances>): string {
  const step = nextStep(caSecret, { ...calm, ...at });
  if (step.kind === 'rest') return step.until === undefined ? 'rest' : `rest ${step.until - start}`;
  return step.kind === 'make' ? `make ${step.reason}` : `write ${phaseOf(step.caSecret)}`;
}

const cases: Record<string, [() => CaSecret, Partial<Circumstances>, string | (() => string)]> = {
  'rests while the CA is young': [steady, {}, () => `rest ${(authorityLife * 2) / 3 - 100_000}`],
  'begins on request': [steady, { requested: true }, 'make Requested'],
  'begins when two thirds of the life are over': [steady, { now: start + 7 * 365 * day }, 'make Old'],
  'publishes a CA that was put beside the one that signs': [
    () => ({ ...steady(), next: news() }),
    {},
    'write published',
  ],
  'makes no CA out of one without its key': [
    () => ({ ...steady(), next: { cert: news().cert, key: '' } }),
    { requested: true },
    'make Requested',
  ],
  'waits for peers': [published, { waiting: true, now: start + day }, 'rest'],
  'waits for its own pods, though no peer is missing': [published, {}, `rest ${publishedAtLeast}`],
  'signs when all have followed': [published, { now: start + publishedAtLeast }, 'write settling'],
  'signs by force, whoever is missing': [published, { waiting: true, forced: true }, 'write settling'],
  'signs when the CA before has expired, since nothing could be lost': [
    published,
    { waiting: true, now: start + authorityLife },
    // by then the next one has expired, too
    'make Requested',
  ],
  'makes another next CA when the key of the published one is lost': [
    () => ({ ...published(), next: { cert: news().cert, key: 'x' } }),
    { now: start + day },
    'make Requested',
  ],
  'is not begun twice': [published, { requested: true, waiting: true }, 'rest'],
  'begins the wait anew when its moment was lost': [
    () => ({ signing: published().signing, next: news() }),
    {},
    'write published',
  ],
  'keeps the CA before while leaves under it may live': [settling, {}, `rest ${settleTime}`],
  'keeps the CA before while a leaf in a Secret stands under it': [
    settling,
    { now: start + settleTime, forced: true, leavesFollow: false },
    'rest',
  ],
  'drops the CA before when its last leaf has expired': [
    settling,
    { now: start + settleTime },
    'write steady',
  ],
  'drops the CA before by force': [settling, { forced: true }, 'write steady'],
  'does not drop the CA before on request': [settling, { requested: true }, `rest ${settleTime}`],
};

describe('nextStep()', () => {
  for (const [title, [caSecret, at, wanted]] of Object.entries(cases))
    it(title, () => {
      assert.equal(outcome(caSecret(), at), typeof wanted === 'string' ? wanted : wanted());
    });

  it('signs with the next CA when the current one has expired, though peers are missing', async () => {
    const short = await createAuthority('london', { now: new Date(start), life: day });
    const caSecret = publish({ signing: short }, news(), start);
    assert.equal(outcome(caSecret, { waiting: true, now: start + 2 * day }), 'write settling');
  });

  it('never has fewer CAs in the bundle than leaves may stand under, and signs with none that was not in it', () => {
    let caSecret = publish(steady(), news(), start);
    assert.deepEqual(prints(caSecret), [fingerprintIn(news().cert), fingerprintIn(olds().cert)]);
    assert.equal(caSecret.signing.key, olds().key);
    const bundle = caSecret.signing.ca;
    let step = nextStep(caSecret, { ...calm, forced: true });
    assert.ok(step.kind === 'write');
    caSecret = step.caSecret;
    assert.deepEqual(caSecret, {
      signing: { cert: news().cert, key: news().key, ca: bundle },
      previous: olds().cert,
      since: start,
    });
    step = nextStep(caSecret, { ...calm, forced: true });
    assert.ok(step.kind === 'write');
    assert.deepEqual(prints(step.caSecret), [fingerprintIn(news().cert)]);
    assert.equal(phaseOf(step.caSecret), 'steady');
  });

  it('leaves CAs in the bundle that others have put there', async () => {
    const other = await createAuthority('other', { now: new Date(start) });
    const before = settling();
    const step = nextStep(
      { ...before, signing: { ...before.signing, ca: before.signing.ca + other.cert } },
      { ...calm, forced: true },
    );
    assert.ok(step.kind === 'write');
    assert.deepEqual(prints(step.caSecret), [fingerprintIn(news().cert), fingerprintIn(other.cert)]);
  });
});

const keyless = ({ cert }: KeyPair) => ({ cert, key: '' });
const bundles: Record<string, [before: () => CaSecret, next: () => KeyPair, bundle: () => KeyPair[]]> = {
  'puts the next CA before the one that signs': [steady, news, () => [news(), olds()]],
  'puts in no CA twice': [published, news, () => [news(), olds()]],
  'drops the CA published before, whose key was lost': [
    () => ({ ...published(), next: keyless(news()) }),
    thirds,
    () => [thirds(), olds()],
  ],
  'keeps the CA that signs, though it was put there as the next one': [
    () => ({ ...steady(), next: keyless(olds()) }),
    thirds,
    () => [thirds(), olds()],
  ],
  'keeps what others have put into the bundle': [
    () => ({ signing: { ...olds(), ca: news().cert + olds().cert } }),
    thirds,
    () => [thirds(), news(), olds()],
  ],
  'keeps what others have put there when a key was lost': [
    () => {
      const { signing, ...rest } = published();
      return { ...rest, signing: { ...signing, ca: signing.ca + thirds().cert }, next: keyless(news()) };
    },
    thirds,
    () => [olds(), thirds()],
  ],
};

describe('publish()', () => {
  for (const [title, [caSecret, next, bundle]] of Object.entries(bundles))
    it(title, () => {
      const after = publish(caSecret(), next(), start);
      assert.deepEqual(
        prints(after),
        bundle().map(({ cert }) => fingerprintIn(cert)),
      );
      assert.equal(phaseOf(after), 'published');
    });
});

describe('rotationProblem()', () => {
  it('has nothing against a CA of our own', () => assert.equal(rotationProblem(steady()), undefined));

  it('leaves an intermediate CA to those who keep its root', async () => {
    const profile = { commonName: 'x', dnsNames: [], uris: [], usages: [] };
    const below = await issue(olds(), profile, { now: new Date(start) });
    const caSecret: CaSecret = { signing: { ...below, ca: olds().ca } };
    assert.match(rotationProblem(caSecret) ?? '', /by hand/);
    assert.equal(outcome(caSecret, { requested: true }), 'rest');
  });
});
