import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { type GatewayEvents, uncounted } from '../events.js';
import { beganAnew, type Counted, createMeter, type LinkCount, readTable, tell } from './readings.js';
import type { Worker } from './runtime.js';

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
    closed: (link) => lines.push(`closed ${link}`),
    moved: (link, { sent, received }) => lines.push(`moved ${link} ${sent} ${received}`),
    refused: (reason, link) => lines.push(`refused ${reason} ${link}`),
  };
  tell(before, after, { events, role });
  return lines;
}

const none = counted({});

test('tell() tells of what has been opened and closed between two looks', () => {
  const after = counted({ a: { open: 1, total: 2, fromClient: 10, toClient: 20 } });
  assert.deepEqual(told(none, after), ['opened a', 'opened a', 'moved a 10 20', 'closed a']);
});

test('tell() calls sent what goes towards the peer, on either side', () => {
  const before = counted({ a: { open: 1, total: 1 } });
  const after = counted({ a: { open: 0, total: 1, fromClient: 10, toClient: 20 } });
  assert.deepEqual(told(before, after, 'egress'), ['moved a 10 20', 'closed a']);
  assert.deepEqual(told(before, after, 'ingress'), ['moved a 20 10', 'closed a']);
});

test('tell() tells of bytes as they pass, though no connection ends', () => {
  const [before, after] = [10, 30].map((fromClient) => counted({ a: { open: 1, total: 1, fromClient } }));
  assert.deepEqual(told(before!, after!), ['moved a 20 0']);
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

test('createMeter() tells once of what two looks at the same time see', async () => {
  const worker: Worker = {
    pid: 1,
    old: false,
    reloads: 0,
    ask: (command) =>
      Promise.resolve(
        command === 'show table links' ? '0x1: key=a use=0 exp=1 conn_cnt=1 conn_cur=1 bytes_in_cnt=5\n' : '',
      ),
    tell: () => Promise.resolve(),
  };
  const opened: string[] = [];
  const meter = createMeter({
    ...{ clock: fakeClock(), role: 'egress', period: 1_000, before: () => Promise.resolve() },
    workers: () => Promise.resolve([worker, { ...worker, pid: 2 }]),
    events: { ...uncounted, opened: (link) => void opened.push(link) },
  });
  await Promise.all([meter.look(), meter.look()]);
  assert.deepEqual(opened, ['a', 'a']);
  assert.equal(meter.connections(), 2);
});

test('createMeter() looks again after a look that failed', async () => {
  let broken = true;
  const meter = createMeter({
    ...{ clock: fakeClock(), role: 'egress', period: 1_000, before: () => Promise.resolve() },
    workers: () => (broken ? Promise.reject(new Error('broken')) : Promise.resolve([])),
    events: uncounted,
  });
  await assert.rejects(meter.look(), /broken/);
  broken = false;
  await meter.look();
});
