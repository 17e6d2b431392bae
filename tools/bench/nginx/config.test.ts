import assert from 'node:assert/strict';
import { test } from 'node:test';
import { egressConfig, ingressConfig } from './config.js';

const common = { module: '/m.so', workers: 3, own: '/own.pem', ca: '/ca.pem' };

test('egressConfig() leads every port to its name, and trusts nobody unverified', () => {
  const to = {
    listen: '192.0.2.1:20000-20001',
    ingress: '192.0.2.2:1',
    names: ['a.x', 'b.x'],
    first: 20_000,
  };
  const config = egressConfig(common, to);
  for (const line of [
    ...[
      '20000 a.x;',
      '20001 b.x;',
      'listen 192.0.2.1:20000-20001 so_keepalive=on;',
      'proxy_pass 192.0.2.2:1;',
    ],
    ...['proxy_ssl_verify on;', 'proxy_ssl_name $name;', 'proxy_ssl_session_reuse off;'],
    ...['proxy_ssl_protocols TLSv1.3;', 'worker_processes 3;'],
  ])
    assert.ok(
      config.split('\n').some((each) => each.trim() === line),
      line,
    );
});

test('ingressConfig() lets a caller reach what is listed, and resumes nothing', () => {
  const config = ingressConfig(common, {
    ...{ listen: '192.0.2.2:1', target: '192.0.2.3:2', names: ['a.x'] },
    caller: { issuer: 'CN=london', subject: 'CN=gateway' },
  });
  for (const line of [
    ...[
      '"CN=london|CN=gateway" peer;',
      '"peer|a.x" 192.0.2.3:2;',
      'ssl_verify_client on;',
      'ssl_protocols TLSv1.3;',
    ],
    ...['ssl_session_cache off;', 'ssl_session_tickets off;'],
  ])
    assert.ok(
      config.split('\n').some((each) => each.trim() === line),
      line,
    );
});
