import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capsOf } from '../../caps.js';
import type { Protocol } from '../../model.js';
import { httpSections, targetOf } from './http.js';
import type { Layout } from './layout.js';

const cases: Readonly<Record<string, readonly [Protocol, string]>> = {
  'TCP is an address': [{ kind: 'tcp' }, '10.96.0.10|80'],
  'HTTP says so': [{ kind: 'http' }, '10.96.0.10|80|http'],
  'a host name of its own follows': [
    { kind: 'http', host: { name: 'bar', namespace: 'shop' } },
    '10.96.0.10|80|http|shop|bar.shop.svc.paris.example',
  ],
};
for (const [title, [protocol, value]] of Object.entries(cases)) {
  test(`targetOf(): ${title}`, () => {
    const target = { host: '10.96.0.10', port: 80 };
    assert.equal(targetOf({ target, protocol }, 'paris.example'), value);
  });
}

test('httpSections() takes away what a client says of itself before it says who calls', () => {
  const layout: Layout = {
    directory: '/run/gw',
    limits: {
      threads: 2,
      files: 4_000,
      handshake: 10_000,
      request: 30_000,
      ...capsOf({ perLink: 100, perExport: 50 }, 4_000),
    },
  };
  const lines = httpSections('paris', layout);
  const removed = lines.findIndex((line) => line.includes('del-header ^x[-_]forwarded[-_]client[-_]cert$'));
  const told = lines.findIndex((line) => line.includes('set-header x-forwarded-client-cert'));
  assert.ok(removed > 0 && told > removed);
});
