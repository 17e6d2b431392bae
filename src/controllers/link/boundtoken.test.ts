import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aSecret, epoch } from '../../../test/gen/gen.js';
import { aToken } from '../../../test/gen/token.js';
import type { Secret } from '../../api/objects.js';
import { decideRenewal, readBoundToken, refuseFresh, withoutTokens } from './boundtoken.js';

const day = 86_400_000;
const iat = epoch / 1000;
const secret = aSecret('link-paris', {});

describe('readBoundToken()', () => {
  it('reads the account and its times', () => {
    const expected = { namespace: 'service-mirror', account: 'peer-london', issued: epoch };
    assert.deepEqual(readBoundToken(aToken()), { ...expected, expires: epoch + 90 * day });
  });

  const [head, , tail] = aToken().split('.');
  const payload = (text: string) => `${head}.${Buffer.from(text).toString('base64url')}.${tail}`;
  const none: Record<string, string> = {
    'an opaque token': 'secret-token',
    'an empty one': '',
    'one of two parts': 'ey.ey',
    'claims that are no JSON': payload('{'),
    'claims that are a list': payload('[]'),
    'claims that are null': payload('null'),
    'a user': aToken({ sub: 'jane' }),
    'an account with a path in its name': aToken({ sub: 'system:serviceaccount:a:../../secrets/x' }),
    'a namespace with a path in its name': aToken({ sub: 'system:serviceaccount:a/b:c' }),
    'a subject of another type': aToken({ sub: ['system:serviceaccount:a:b'] }),
    'a token that never ends': aToken({ exp: undefined }),
    'an end in words': aToken({ exp: 'tomorrow' }),
    'an end beyond all dates': aToken({ exp: 1e300 }),
    'no time of issue': aToken({ iat: undefined }),
    'an end before its start': aToken({ exp: iat - 1 }),
    'a token that ends with a Pod': aToken({ 'kubernetes.io': { pod: { name: 'a' } } }),
    'a token that ends with a Secret': aToken({ 'kubernetes.io': { secret: { name: 'a' } } }),
    'a token that is longer than any API server makes': aToken({ more: 'x'.repeat(20_000) }),
    'letters that would not stay in YAML': `${aToken()}"`,
  };
  for (const [what, token] of Object.entries(none))
    it(`finds none in ${what}`, () => assert.equal(readBoundToken(token), undefined));
});

describe('decideRenewal()', () => {
  const cases: Record<
    string,
    { token?: string; secret?: Readonly<Secret>; after: number; expected: string }
  > = {
    'waits for two thirds of the life': { after: 60 * day - 1, expected: 'later' },
    'renews at two thirds for the same life': { after: 60 * day, expected: 'due 7776000' },
    'renews until the end': { after: 90 * day - 1, expected: 'due 7776000' },
    'leaves a token that has ended': { after: 90 * day, expected: 'none' },
    'asks for no shorter life than API servers give': {
      token: aToken({ exp: iat + 60 }),
      after: 50_000,
      expected: 'due 600',
    },
    'asks for no longer life than they understand': {
      token: aToken({ iat: 0, exp: 8e12 }),
      after: 6e15,
      expected: 'due 4294967296',
    },
    'leaves what is no such token': { token: 'secret-token', after: 80 * day, expected: 'none' },
    'leaves a Secret that cannot be changed': {
      secret: aSecret('link-paris', {}, (draft) => void (draft.immutable = true)),
      after: 80 * day,
      expected: 'none',
    },
    'leaves a Secret that another controller writes': {
      secret: aSecret('link-paris', {}, (draft) => {
        const owner = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'a', uid: 'u' };
        draft.metadata.ownerReferences = [{ ...owner, controller: true }];
      }),
      after: 80 * day,
      expected: 'none',
    },
  };
  for (const [sentence, { token = aToken(), secret: given = secret, after, expected }] of Object.entries(
    cases,
  ))
    it(sentence, () => {
      const renewal = decideRenewal(given, token, epoch + after);
      const said = renewal.kind === 'due' ? `due ${renewal.seconds}` : renewal.kind;
      assert.equal(said, expected);
    });

  it('leaves a kubeconfig without a token', () =>
    assert.deepEqual(decideRenewal(secret, undefined, epoch + 80 * day), { kind: 'none' }));
});

describe('refuseFresh()', () => {
  const old = readBoundToken(aToken());
  assert.ok(old);
  const cases: Record<string, { fresh: unknown; says: RegExp | undefined }> = {
    'takes a token that ends later': { fresh: aToken({ exp: iat + 91 * 86_400 }), says: undefined },
    'refuses one that ends no later': { fresh: aToken(), says: /ends later/ },
    'refuses one of another account': {
      fresh: aToken({ sub: 'system:serviceaccount:service-mirror:peer-berlin' }),
      says: /another account/,
    },
    'refuses text that is no token': { fresh: 'a"\n  exec: {}', says: /no token/ },
    'refuses nothing at all': { fresh: undefined, says: /no token/ },
  };
  for (const [sentence, { fresh, says }] of Object.entries(cases))
    it(sentence, () => {
      const refusal = refuseFresh(old, fresh);
      if (says === undefined) assert.equal(refusal, undefined);
      else assert.match(refusal ?? '', says);
    });
});

describe('withoutTokens()', () => {
  it('is the same for two tokens of one account, and for no two of different ones', () => {
    const of = (claims: object) => withoutTokens(`token: "${aToken(claims)}"\nserver: x`);
    assert.equal(of({}), 'token: "service-mirror/peer-london"\nserver: x');
    assert.equal(of({}), of({ exp: iat + 600 }));
    assert.notEqual(of({}), of({ sub: 'system:serviceaccount:service-mirror:peer-berlin' }));
    assert.notEqual(of({ sub: 'jane' }), of({ sub: 'jane', exp: iat + 600 }));
  });
});
