import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { fakeClock, type FakeClock } from '../../../test/gen/clock.js';
import { aSecret, epoch } from '../../../test/gen/gen.js';
import { aToken } from '../../../test/gen/token.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import type { Secret } from '../../api/objects.js';
import { ApiError, NetworkError } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import { createLog } from '../../runtime/log.js';
import { kubeconfigReader } from './kubeconfigs.js';
import { createRenewals, type Renewals } from './renewals.js';

const minute = 60_000;
const day = 86_400_000;
const iat = epoch / 1000;
const signal = new AbortController().signal;

/** A kubeconfig as a user may have written it. */
const kubeconfig = (token: string) => `# of Paris
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://paris:6443"}}]
users:
- name: u
  user: {token: ${token}}
`;
const old = aToken();
const fresh = aToken({ iat: iat + 60 * 86_400, exp: iat + 150 * 86_400 });

let fake: FakeCluster;
let clock: FakeClock;
let renewals: Renewals;
/** What the remote API server was asked, with the token that it was shown. */
let asked: object[];
let answer: (signal: AbortSignal) => Promise<unknown>;
let lines: string[];

/** Starts at a moment (ms after the issue of the old token), when two thirds are over unless told otherwise. */
async function start(after = 60 * day, token = old): Promise<void> {
  fake = aFakeCluster(aSecret('link-paris', { kubeconfig: kubeconfig(token), note: 'kept' }));
  clock = fakeClock();
  await clock.advance(after);
  asked = [];
  lines = [];
  answer = async () => ({ status: { token: fresh } });
  renewals = createRenewals({
    connect: (_link, text) =>
      ({
        post: async (_r: unknown, o: object, signal: AbortSignal) => {
          asked.push({ ...o, shown: /token: ([^}]+)/.exec(text)?.[1] });
          return answer(signal);
        },
        close: async () => undefined,
      }) as unknown as KubeClient,
    applier: fake.applier,
    clock,
    log: createLog({ level: 'debug', sink: (line) => void lines.push(line) }),
    random: () => 0,
  });
}
beforeEach(() => start());

const secret = () => fake.caches.secrets.get('service-mirror/link-paris') as Readonly<Secret>;
const held = () => {
  const kubeconfig = kubeconfigReader()(secret());
  return kubeconfig.ok ? { secret: secret(), ...kubeconfig } : assert.fail(kubeconfig.error);
};
const renew = () => renewals.renew('paris', held(), signal);
const written = () => Buffer.from(secret().data?.['kubeconfig'] ?? '', 'base64').toString();
const failure = async () => {
  const state = await renew();
  assert.ok(typeof state === 'object');
  return state.failure;
};

describe('renew()', () => {
  it('asks with the old token for the same life, and changes the token alone', async () => {
    assert.equal(await renew(), 'well');
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 7_776_000 },
    };
    assert.deepEqual(asked, [{ key: 'service-mirror/peer-london', subresource: 'token', body, shown: old }]);
    assert.equal(written(), kubeconfig(fresh));
    assert.equal(Buffer.from(secret().data?.['note'] ?? '', 'base64').toString(), 'kept');
    assert.equal(await renew(), 'well');
    assert.equal(asked.length, 1);
  });

  it('asks for nothing before two thirds are over, or for what is no such token', async () => {
    await start(59 * day);
    assert.equal(await renew(), 'well');
    await start(80 * day, 'secret-token');
    assert.equal(await renew(), 'none');
    assert.deepEqual(asked, []);
  });

  const failures: Record<string, { answers: () => Promise<unknown>; says: RegExp }> = {
    'a missing right': {
      answers: () => Promise.reject(new ApiError('cannot create serviceaccounts/token', { status: 403 })),
      says: /cannot create serviceaccounts\/token; let .*service-mirror\/peer-london.*peer-access\.sh/,
    },
    'a server that is away': {
      answers: () => Promise.reject(new NetworkError('refused', { code: 'ECONNREFUSED' })),
      says: /refused; it is tried again/,
    },
    'a token of somebody else': {
      answers: async () => ({ status: { token: aToken({ sub: 'system:serviceaccount:a:b' }) } }),
      says: /another account/,
    },
    'an empty answer': { answers: async () => null, says: /no token/ },
    'an answer of other types': { answers: async () => ({ status: { token: { a: 1 } } }), says: /no token/ },
  };
  for (const [what, { answers, says }] of Object.entries(failures))
    it(`leaves the old token, says why and waits longer each time after ${what}`, async () => {
      answer = answers;
      assert.match(await failure(), says);
      assert.equal(written(), kubeconfig(old));
      await clock.advance(2 * minute - 1);
      assert.match(await failure(), says);
      assert.equal(asked.length, 1);
      await clock.advance(1);
      await failure();
      await clock.advance(4 * minute - 1);
      await failure();
      assert.equal(asked.length, 2);
      answer = async () => ({ status: { token: fresh } });
      await clock.advance(1);
      assert.equal(await renew(), 'well');
      assert.equal(written(), kubeconfig(fresh));
      assert.doesNotMatch(lines.join(), /eyJ/);
      assert.deepEqual(fake.written(), ['patch secrets service-mirror/link-paris']);
    });

  it('gives up after ten seconds by the clock that it was given', async () => {
    answer = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const outcome = failure();
    await clock.advance(10_000);
    assert.match(await outcome, /no answer within 10000 ms/);
    assert.equal(clock.timers, 0);
  });

  it('leaves a Secret that has changed meanwhile', async () => {
    const seen = held();
    fake.put(aSecret('link-paris', { kubeconfig: 'newer' }));
    assert.equal(await renewals.renew('paris', seen, signal), 'well');
    assert.equal(written(), 'newer');
  });

  it('says so when the Secret cannot be written', async () => {
    fake.kube.beforeWrite = () => {
      throw new ApiError('no', { status: 403 });
    };
    assert.match(await failure(), /Secret cannot be written: no/);
  });

  it('says so of a token that is folded over lines', async () => {
    const folded = `"${old.slice(0, 40)}\\\n    ${old.slice(40)}"`;
    await start(60 * day, folded);
    assert.match(await failure(), /one line/);
    assert.deepEqual(asked, []);
  });

  it('does not race somebody who writes the old token back', async () => {
    await renew();
    fake.put(aSecret('link-paris', { kubeconfig: kubeconfig(old) }));
    await renew();
    await clock.advance(5 * minute - 1);
    await renew();
    assert.equal(asked.length, 1);
    await clock.advance(1);
    await renew();
    assert.equal(asked.length, 2);
  });

  it('forgets the failures of a Link that is gone', async () => {
    answer = () => Promise.reject(new ApiError('no', { status: 403 }));
    await failure();
    renewals.forget('paris');
    await failure();
    assert.equal(asked.length, 2);
  });
});
