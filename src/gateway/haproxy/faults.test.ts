import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainFault } from './faults.js';

test('explain() names every port that is in use, as both versions write them', () => {
  const error = explainFault(
    [
      '[NOTICE]   (1) : haproxy version is 3.0.11-1+deb13u5',
      '[ALERT]    (1) : Binding [b.cfg:12] for frontend e: protocol tcpv4: cannot bind socket (Address already in use) for [127.0.0.1:22003].',
      '[ALERT]    (1) : Binding [b.cfg:12] for frontend e: cannot bind socket (Address already in use) for [:::22005]',
      '[ALERT]    (1) : [haproxy.main()] Some protocols failed to start their listeners! Exiting.',
    ].join('\n'),
  );
  assert.deepEqual([...error.taken], [22003, 22005]);
  assert.match(error.message, /another process.*22003, 22005/);
});

const messages: Record<string, readonly [string, RegExp]> = {
  'a limit of file descriptors that is too low': [
    '[ALERT]    (1) : [haproxy.main()] Cannot raise FD limit to 2290, limit is 1000.',
    /needs 2290 file descriptors, and may have 1000: raise the limit/,
  ],
  'a word that it does not know': [
    "[ALERT]    (1) : config : parsing [h.cfg:8] : unknown fetch method 'ssl_c_r_dn'\n[ALERT] (1) : config : Fatal errors",
    /did not take its configuration: parsing \[h\.cfg:8\] : unknown fetch method/,
  ],
  'an alert of another kind': ['[ALERT] (1) : out of luck', /out of luck/],
  'no word at all': ['', /it said nothing/],
};

for (const [what, [output, message]] of Object.entries(messages)) {
  test(`explain() makes something of ${what}`, () => {
    const error = explainFault(output);
    assert.match(error.message, message);
    assert.equal(error.taken.size, 0);
  });
}
