import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayEvents } from '../events.js';
import { beganAnew, type Counted, type LinkCount, readTable, tell } from './readings.js';

test('readTable() reads keys and counters, as both versions print them', () => {
  const text = [
    '# table: links, type: string, size:4096, used:2',
    '0x7f: key=cluster-a use=0 exp=86399992 shard=0 conn_cnt=11 conn_cur=2 bytes_in_cnt=12 bytes_out_cnt=0',
    '0x80: key=NotAllowed|cluster-b use=0 exp=1 conn_cnt=3',
    '',
  ].join('\n');
  const table = readTable(text);
  assert.equal(table.get('cluster-a')?.get('conn_cur'), 2);
  assert.equal(table.get('NotAllowed|cluster-b')?.get('conn_cnt'), 3);
  assert.equal(table.size, 2);
});

function counted(links: Record<string, Partial<LinkCount>>, refusals: Record<string, number> = {}): Counted {
  const nothing = { open: 0, total: 0, fromClient: 0, toClient: 0 };
  const full = Object.entries(links).map(([link, count]) => [link, { ...nothing, ...count }] as const);
  return { links: new Map(full), refusals: new Map(Object.entries(refusals)) };
}

function told(before: Counted, after: Counted, role: 'egress' | 'ingress' = 'egress'): string[] {
  const lines: string[] = [];
  const events: GatewayEvents = {
    opened: (link) => lines.push(`opened ${link}`),
    closed: (link, { sent, received }) => lines.push(`closed ${link} ${sent} ${received}`),
    refused: (reason, link) => lines.push(`refused ${reason} ${link}`),
  };
  tell(before, after, { events, role });
  return lines;
}

const none = counted({});

test('tell() tells of what has been opened and closed between two looks', () => {
  const after = counted({ a: { open: 1, total: 2, fromClient: 10, toClient: 20 } });
  assert.deepEqual(told(none, after), ['opened a', 'opened a', 'closed a 10 20']);
});

test('tell() calls sent what goes towards the peer, on either side', () => {
  const before = counted({ a: { open: 1, total: 1 } });
  const after = counted({ a: { open: 0, total: 1, fromClient: 10, toClient: 20 } });
  assert.deepEqual(told(before, after, 'egress'), ['closed a 10 20']);
  assert.deepEqual(told(before, after, 'ingress'), ['closed a 20 10']);
});

test('tell() says nothing while nothing changes', () => {
  const same = counted({ a: { open: 3, total: 5 } }, { 'NotAllowed|a': 2 });
  assert.deepEqual(told(same, same), []);
});

test('tell() tells of refusals, without a link where the caller was not known', () => {
  const after = counted({}, { 'NotAllowed|a': 1, 'NoIdentity|': 1 });
  assert.deepEqual(told(none, after), ['refused NotAllowed a', 'refused NoIdentity undefined']);
});

test('beganAnew() knows a worker by its counters, which only grow', () => {
  const before = counted({ a: { total: 5 }, b: { total: 1 } });
  assert.ok(!beganAnew(before, counted({ a: { total: 5 }, b: { total: 2 } })));
  // an entry that nobody has used for a day is forgotten
  assert.ok(!beganAnew(before, counted({ a: { total: 6 } })));
  assert.ok(beganAnew(before, counted({ a: { total: 4 }, b: { total: 1 } })));
});
