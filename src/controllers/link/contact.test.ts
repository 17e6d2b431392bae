import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { epoch } from '../../../test/gen/gen.js';
import { ApiError, NetworkError, TooLargeError } from '../../runtime/errors.js';
import { CredentialsError } from '../../runtime/connection.js';
import { contactProblem, connectedCondition } from './contact.js';
import { ClusterChangedError } from './contact.js';

const forbidden = 'services is forbidden: User "london" cannot list resource "services" in API group ""';

const cases: Record<string, { error: unknown; reason: string; says: RegExp }> = {
  'another cluster': {
    error: new ClusterChangedError('uid-paris', 'uid-lyon'),
    reason: 'ClusterChanged',
    says: /uid-lyon.*uid-paris.*nothing is changed.*delete the Link/,
  },
  'a server that sends more than is taken': {
    error: new TooLargeError('LIST /api/v1/services: the list has more than 50000 objects'),
    reason: 'TooLarge',
    says: /more than 50000 objects.*spec\.imports\.selector/,
  },
  'a kubeconfig that is refused': {
    error: new CredentialsError('users[].user.exec', 'programs are not run'),
    reason: 'CredentialsRejected',
    says: /exec/,
  },
  'credentials that the server does not know': {
    error: new ApiError('Unauthorized', { status: 401 }),
    reason: 'CredentialsRejected',
    says: /put new ones into the Secret/,
  },
  'a right that is missing, by its verb and resource': {
    error: new ApiError(forbidden, { status: 403, reason: 'Forbidden' }),
    reason: 'Forbidden',
    says: /cannot list resource "services".*peer-access/,
  },
  'a server that answers with an error': {
    error: new ApiError('etcd is down', { status: 500 }),
    reason: 'Unreachable',
    says: /500: etcd is down/,
  },
  'a server that cannot be reached': {
    error: new NetworkError('connection refused', { code: 'ECONNREFUSED' }),
    reason: 'Unreachable',
    says: /cannot be reached: connection refused/,
  },
  'a server that speaks no TLS': {
    error: new NetworkError(
      'GET /version: 404D46E7047F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../x.c:77:\n',
      { code: 'ERR_SSL_WRONG_VERSION_NUMBER' },
    ),
    reason: 'Unreachable',
    says: /^what listens .* does not speak TLS; correct .*cluster\.server of the kubeconfig$/,
  },
  'anything else': { error: new Error('what'), reason: 'Unreachable', says: /^what$/ },
  'what is not even an error': { error: 'what', reason: 'Unreachable', says: /^what$/ },
};

describe('contactProblem()', () => {
  for (const [what, { error, reason, says }] of Object.entries(cases)) {
    it(`names ${what}`, () => {
      const problem = contactProblem(error);
      assert.equal(problem.reason, reason);
      assert.match(problem.message, says);
    });
  }
});

describe('contactVerdict()', () => {
  const day = 24 * 3600_000;
  const ends: Record<string, { expires: number | undefined; reason: string }> = {
    'is good for credentials without an end': { expires: undefined, reason: 'Connected' },
    'is good while the end is a week away': { expires: epoch + 7 * day, reason: 'Connected' },
    'warns within the last week': { expires: epoch + 7 * day - 1, reason: 'CredentialsExpiring' },
    'warns when they have ended and still work': { expires: epoch - 1, reason: 'CredentialsExpiring' },
  };
  for (const [sentence, { expires, reason }] of Object.entries(ends)) {
    it(sentence, () => {
      const config = { server: 'https://paris:6443', ...(expires !== undefined && { expires }) };
      const condition = connectedCondition(config, 'none', epoch);
      assert.deepEqual([condition.type, condition.status, condition.reason], ['Connected', 'True', reason]);
    });
  }

  it('is good for credentials that are renewed, however soon they end', () => {
    const condition = connectedCondition({ server: 's', expires: epoch + 1_000 }, 'well', epoch);
    assert.equal(condition.reason, 'Connected');
  });

  it('warns of credentials whose renewal fails, with the cause and the fix', () => {
    const failure = 'it is forbidden; grant it';
    const condition = connectedCondition({ server: 's', expires: epoch + 30 * day }, { failure }, epoch);
    assert.equal(condition.reason, 'CredentialsExpiring');
    assert.match(condition.message, /end at 2026-01-31T00:00:00.*not be renewed: it is forbidden; grant it$/);
  });

  it('tells when they end, and does not change while time passes', () => {
    const [soon, later] = [epoch, epoch + 1_000].map((now) =>
      connectedCondition({ server: 's', expires: epoch + day }, 'none', now),
    );
    assert.match(soon?.message ?? '', /2026-01-02T00:00:00/);
    assert.deepEqual(soon, later);
  });
});
