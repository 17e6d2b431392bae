import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { mergePatch } from '../../test/fakeapi/json.js';
import { createAuthority } from './ca.js';
import { actedOn, decodeCaSecret, encodeCaSecret, requestsOf } from './casecret.js';
import type { CaSecret } from './rotation.js';
import type { KeyPair } from './keypair.js';

let ca: KeyPair;
before(async () => {
  ca = await createAuthority('london', { now: new Date() });
});

type Held = Parameters<typeof requestsOf>[0];
const written = (caSecret: CaSecret, over: Held = { metadata: {} }) => {
  const { data, annotations } = encodeCaSecret(caSecret);
  return mergePatch(over, { data, metadata: { annotations } }) as Held;
};
const next = { cert: 'next', key: 'key of next' };
const phases = (): Record<string, CaSecret> => ({
  steady: { signing: ca },
  published: { signing: ca, next, since: Date.UTC(2026, 0, 1) },
  settling: { signing: ca, previous: 'before', since: Date.UTC(2026, 0, 2) },
});

describe('encodeCustody()', () => {
  for (const phase of ['steady', 'published', 'settling'])
    it(`is read back as it was: ${phase}`, () =>
      assert.deepEqual(decodeCaSecret(written(phases()[phase]!)), phases()[phase]));

  it('takes away what the phase before has left', () => {
    const { published, settling, steady } = phases();
    assert.deepEqual(decodeCaSecret(written(settling!, written(published!))), settling);
    assert.deepEqual(decodeCaSecret(written(steady!, written(settling!))), steady);
  });
});

describe('decodeCustody()', () => {
  it('is undefined without a whole CA', () => {
    assert.equal(decodeCaSecret(undefined), undefined);
    assert.equal(decodeCaSecret({ metadata: {}, data: { 'tls.crt': 'eA==' } }), undefined);
  });

  it('does not take something else for a moment', () => {
    const held = {
      ...written(phases().published!),
      metadata: { annotations: { 'linkerd.io/rotation-since': 'soon' } },
    };
    assert.equal(decodeCaSecret(held)?.since, undefined);
  });
});

const requests: Record<string, [Record<string, string>, boolean, boolean]> = {
  'nothing is asked for': [{}, false, false],
  'a rotation is asked for': [{ 'linkerd.io/rotate': '1' }, true, false],
  'it was acted on': [{ 'linkerd.io/rotate': '1', 'linkerd.io/rotate-seen': '1' }, false, false],
  'it is asked for again': [{ 'linkerd.io/rotate': '2', 'linkerd.io/rotate-seen': '1' }, true, false],
  'no more waiting is asked for': [{ 'linkerd.io/rotate-force': 'a' }, false, true],
};

describe('requestsOf()', () => {
  for (const [title, [annotations, requested, forced]] of Object.entries(requests))
    it(title, () => assert.deepEqual(requestsOf({ metadata: { annotations } }), { requested, forced }));

  it('asks for nothing when it was acted on', () => {
    const metadata = { annotations: { 'linkerd.io/rotate': '1', 'linkerd.io/rotate-force': '2' } };
    const annotations = {
      ...metadata.annotations,
      ...actedOn({ metadata }, { requested: true, forced: true }),
    };
    assert.deepEqual(requestsOf({ metadata: { annotations } }), { requested: false, forced: false });
  });
});
