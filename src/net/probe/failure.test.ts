import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnresolvedError } from '../resolve.js';
import { explainProbe, ProbeTimeoutError, WrongAnswerError, WrongIdentityError } from './failure.js';

const where = '203.0.113.7:4143';
const coded = (code: string) => Object.assign(new Error(`something ${code}`), { code });

const cases: Readonly<Record<string, readonly [unknown, 'ProbeFailed' | 'Unresolved', RegExp]>> = {
  'a refusal': [coded('ECONNREFUSED'), 'ProbeFailed', /^203\.0\.113\.7:4143 refused .*no gateway listens/],
  'a time out': [
    new ProbeTimeoutError('does not answer within 2 s'),
    'ProbeFailed',
    /does not answer within 2 s/,
  ],
  'a host that is not there': [coded('EHOSTUNREACH'), 'ProbeFailed', /no route to the host/],
  'a cut': [coded('ECONNRESET'), 'ProbeFailed', /does not accept our certificate/],
  'a CA that is not known': [
    coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    'ProbeFailed',
    /CA that is not among those known/,
  ],
  'an expired certificate': [coded('CERT_HAS_EXPIRED'), 'ProbeFailed', /has expired/],
  'clocks that differ': [coded('CERT_NOT_YET_VALID'), 'ProbeFailed', /clocks/],
  'another name': [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'ProbeFailed', /another name/],
  'another identity': [
    new WrongIdentityError('its certificate names X'),
    'ProbeFailed',
    /: its certificate names X$/,
  ],
  'our CA not known there': [
    coded('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'),
    'ProbeFailed',
    /our certificate .*learned our CA/,
  ],
  'our certificate not accepted there': [
    coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
    'ProbeFailed',
    /our certificate/,
  ],
  'a server name not known there': [
    coded('ERR_SSL_TLSV1_UNRECOGNIZED_NAME'),
    'ProbeFailed',
    /another cluster/,
  ],
  'an old TLS': [coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'ProbeFailed', /TLS 1\.3/],
  'no TLS at all': [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'ProbeFailed', /does not speak TLS/],
  'no TLS at all, found while writing': [
    Object.assign(
      new Error(
        'write EPROTO 40DD:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../x.c:77:\n',
      ),
      { code: 'EPROTO' },
    ),
    'ProbeFailed',
    /does not speak TLS/,
  ],
  'another failed handshake': [coded('ERR_SSL_ODD'), 'ProbeFailed', /handshake \(ERR_SSL_ODD\)/],
  'a strange answer': [new WrongAnswerError('speaks protocol 2'), 'ProbeFailed', /: speaks protocol 2$/],
  'a name without address': [
    new UnresolvedError('no address found for gw.example', { cause: coded('ENOTFOUND') }),
    'Unresolved',
    /gw\.example \(ENOTFOUND\)/,
  ],
  'an abort': [AbortSignal.abort().reason, 'ProbeFailed', /: This operation was aborted$/],
  'anything else': [new Error('odd'), 'ProbeFailed', /: odd$/],
  'what is no error': ['odd', 'ProbeFailed', /odd/],
};

for (const [title, [error, reason, message]] of Object.entries(cases)) {
  test(`explain() says what ${title} means`, () => {
    const failure = explainProbe(error, where);
    assert.deepEqual([failure.ok, failure.reason], [false, reason]);
    assert.match(failure.message, message);
  });
}
