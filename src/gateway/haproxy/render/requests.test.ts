import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capsOf } from '../../caps.js';
import type { Layout } from './layout.js';
import { counting, requestTables, unspoofed } from './requests.js';

const layout: Layout = {
  directory: '/run/gw',
  limits: {
    ...{ threads: 2, files: 4_000, handshake: 10_000, request: 30_000 },
    ...capsOf({ perLink: 100, perExport: 50 }, 4_000),
  },
};

test('counting() bounds requests as connections are bounded, and counts each before it refuses it', () => {
  const rules = counting(layout, { link: 'var(txn.link)', serviceId: 'var(txn.label)' });
  const bounds = { 'sc0_conn_cur gt 100': 'requests-of-links', 'sc1_conn_cur gt 50': 'requests-to-exports' };
  for (const [bound, table] of Object.entries(bounds)) {
    const counted = rules.findIndex((rule) => rule.endsWith(`table ${table}`));
    const told = rules.findIndex((rule) => rule.includes('table refusals') && rule.includes(bound));
    const denied = rules.findIndex((rule) => rule.includes('deny') && rule.includes(bound));
    assert.ok(counted >= 0 && counted < told && told < denied, bound);
    assert.ok(requestTables.includes(`backend ${table}`));
  }
});

test('what a connection is upgraded to is read before the header that says it is taken away', () => {
  const read = unspoofed.findLastIndex((rule) => rule.includes('set-var(txn.upgrade)'));
  const taken = unspoofed.findIndex((rule) => rule.includes('del-header connection'));
  const set = unspoofed.findIndex((rule) => rule.includes('set-header connection'));
  assert.ok(read < taken && taken < set);
});
