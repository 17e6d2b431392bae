import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capsOf } from '../../caps.js';
import type { Export } from '../../model.js';
import type { Caller } from '../callers.js';
import { causesOf } from '../reloads.js';
import { type IngressInput, renderIngress } from './ingress.js';
import type { Layout } from './layout.js';
import { createRights } from './rights.js';

const layout: Layout = {
  directory: '/run/gw',
  limits: {
    threads: 2,
    files: 4_000,
    handshake: 10_000,
    request: 30_000,
    ...capsOf({ perLink: 100, perExport: 50 }, 4_000),
  },
  host: '10.0.0.1',
};
const serviceId = `s-${'1'.repeat(40)}`;
const london: Caller = { link: 'cluster-b', cluster: 'london', caBundle: 'LONDON', cas: [] };
const berlin: Caller = { link: 'cluster-c', cluster: 'berlin', caBundle: 'BERLIN', cas: [] };

const exported: Export = {
  ...{ serviceId, target: { host: '10.96.0.10', port: 8080 }, protocol: { kind: 'tcp' } },
  allow: new Set(['cluster-b', 'gone']),
};

function render(changes: Partial<IngressInput> & { readonly exports?: readonly Export[] } = {}, to = layout) {
  const { callers = [london, berlin], exports = [exported], ...others } = changes;
  return renderIngress(
    {
      cluster: 'paris',
      identity: { cert: 'CERT', key: 'KEY', ca: 'OWN CA' },
      callers,
      rights: createRights('cluster.local')({ callers, exports, cluster: 'paris' }),
      port: 4143,
      ...others,
    },
    to,
  );
}

test('neither exports nor the CAs of peers change the configuration', () => {
  assert.equal(render({ exports: [] }).config, render().config);
  assert.equal(render({ callers: [london] }).config, render().config);
});

test('without a peer there is a CA all the same, but no caller', () => {
  const { bundles, maps } = render({ callers: [] });
  assert.deepEqual(bundles, [{ path: '/run/gw/peers-ca.pem', text: 'OWN CA' }]);
  assert.deepEqual([maps.get('/run/gw/callers.map')?.size, maps.get('/run/gw/grants.map')?.size], [0, 0]);
});

test('a session is on record before its grant is looked up', () => {
  const { config } = render();
  const order = ['track-sc0 var(sess.live)', 'map(/run/gw/grants.map)', 'use_backend channel'].map((text) =>
    config.indexOf(text),
  );
  assert.ok(
    order.every((at, index) => at > (order[index - 1] ?? 0)),
    String(order),
  );
});

test('every refusal is counted before the connection ends', () => {
  const lines = render().config.split('\n');
  const ends = lines.flatMap((line, at) => (/^ {2}tcp-request content silent-drop/.test(line) ? [at] : []));
  assert.ok(ends.length >= 7);
  for (const at of ends) assert.match(lines[at - 1]!, /track-sc2 var\(sess\.refusal\) table refusals/);
});

test('nothing is resumed, and nothing older than TLS 1.3 is spoken', () => {
  const { config } = render();
  assert.match(config, /tune\.ssl\.cachesize 0/);
  assert.match(config, /ssl-default-bind-options ssl-min-ver TLSv1\.3 no-tls-tickets/);
  assert.match(config, /ca-file \/run\/gw\/peers-ca\.pem verify required/);
});

test('a part follows from the CAs of each link', () => {
  const { parts } = render({ callers: [london, { ...berlin, caBundle: 'OTHER' }] });
  assert.deepEqual(causesOf(render().parts, parts), ['cluster-c']);
});
