import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenBuild } from './haproxy.js';

test("chosenBuild() is Debian's package unless the environment says otherwise", () => {
  assert.equal(chosenBuild({}), 'stock');
  assert.equal(chosenBuild({ HAPROXY_BUILD: '' }), 'stock');
  assert.equal(chosenBuild({ HAPROXY_BUILD: 'aws-lc' }), 'aws-lc');
  assert.throws(() => chosenBuild({ HAPROXY_BUILD: 'boringssl' }), /^Error: HAPROXY_BUILD: .*stock, aws-lc/);
});
