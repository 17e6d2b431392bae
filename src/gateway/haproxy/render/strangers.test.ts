import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capsOf } from '../../caps.js';
import type { Layout } from './layout.js';
import { renderIngress } from './ingress.js';
import { createRights } from './rights.js';
import { strangersList } from './strangers.js';

const layout: Layout = {
  directory: '/run/gw',
  limits: { threads: 2, files: 4_000, handshake: 10_000, request: 30_000, ...capsOf({}, 4_000) },
};

function render(invites: boolean) {
  return renderIngress(
    {
      ...{ cluster: 'paris', port: 4143, invites, callers: [] },
      identity: { cert: 'CERT', key: 'KEY', ca: 'OWN CA' },
      rights: createRights('cluster.local')({ callers: [], exports: [], cluster: 'paris' }),
    },
    layout,
  );
}

test('one name alone needs no client certificate, and it is no pattern', () => {
  assert.deepEqual(strangersList('paris', layout), {
    path: '/run/gw/strangers.list',
    text: '/run/gw/own.pem [verify none] invite.paris.mirror.internal\n',
  });
  const { config, lists } = render(true);
  assert.deepEqual(lists, [strangersList('paris', layout)]);
  assert.equal(config.match(/verify none/g), null);
  assert.equal(config.match(/ssl crt .* verify required/g)?.length, 1);
});

test('invitations come and go without a reload', () => {
  assert.equal(render(true).config, render(false).config);
  const entries = (invites: boolean) => [...(render(invites).maps.get('/run/gw/invitations.map') ?? [])];
  assert.deepEqual(entries(true), [['invite.paris.mirror.internal', '1']]);
  assert.deepEqual(entries(false), []);
});

test('only a stranger under that name passes the rules for peers by', () => {
  const { config } = render(true);
  const rules = config.slice(config.indexOf('frontend ingress'), config.indexOf('default_backend'));
  const accepts = rules.split('\n').filter((line) => / accept\b/.test(line));
  assert.deepEqual(accepts, [
    '  tcp-request content accept if { var(sess.name) -m str invite.paris.mirror.internal }',
  ]);
  const order = ['UnknownServerName', 'content accept if', 'lua.caller', 'use_backend strangers'];
  const places = order.map((text) => rules.indexOf(text));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.ok(!places.includes(-1));
});
