import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Worker, SocketError } from './runtime.js';
import {
  type Arrived,
  cutSessions,
  endArrivals,
  endSessions,
  readArrivals,
  readAges,
  readIds,
  readSessions,
} from './sessions.js';

const table = [
  '# table: live, type: string, size:10240, used:3',
  '0x7f: key=127.0.0.1:38696|cluster-b|london|s-1 use=1 exp=9992 shard=0 conn_cur=1',
  '0x80: key=::ffff:10.0.0.9:5000|cluster-c|berlin|s-1 use=1 exp=9992 conn_cur=1',
  '0x81: key=fd00::1:40000|cluster-b|london|gateway use=0 exp=9992 shard=0 conn_cur=0',
  '',
].join('\n');

const sessions = [
  '0x7f4c20a7c000: proto=tcpv4 src=127.0.0.1:38696 fe=ingress be=exported srv=target ts=00 epoch=0 age=0s',
  '0x7f4c20a7c100: proto=tcpv4 src=10.0.0.9:5000 fe=ingress be=exported srv=target ts=00 epoch=0 age=0s',
  '0x7f4c20a7c400: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0 age=0s',
  '',
].join('\n');

test('readSessions() reads those in use, IPv4 without its IPv6 dress', () => {
  assert.deepEqual(readSessions(table), [
    { client: '127.0.0.1:38696', grant: 'cluster-b|london|s-1' },
    { client: '10.0.0.9:5000', grant: 'cluster-c|berlin|s-1' },
  ]);
});

test('readIds() reads the sessions of clients alone', () => {
  assert.deepEqual(
    [...readIds(sessions)],
    [
      ['127.0.0.1:38696', ['0x7f4c20a7c000']],
      ['10.0.0.9:5000', ['0x7f4c20a7c100']],
    ],
  );
});

test('readIds() reads all sessions of clients that have one address, as behind two proxies', () => {
  const twin = sessions.replaceAll('0x7f4c20a7c000', '0x7f4c20a7cfff');
  assert.deepEqual(readIds(sessions + twin).get('127.0.0.1:38696'), ['0x7f4c20a7c000', '0x7f4c20a7cfff']);
});

/** As HAProxy 3.0 prints it, shortened. */
const arrivals = [
  '0x7fdb1f681000: [28/Nov/2026:23:15:41.390874] id=1 proto=tcpv6 source=::ffff:127.0.0.1:41340',
  '  flags=0x4a, conn_retries=0, conn_exp=<NEVER> conn_et=0x000 srv_conn=0x7fdb20666000, pend_pos=(nil)',
  '  frontend=egress (id=2 mode=tcp), listener=? (id=1) addr=::ffff:127.0.0.1:10000',
  '  backend=to-paris (id=3 mode=tcp) addr=127.0.0.1:60802',
  '  server=s (id=1) addr=127.0.0.1:10001',
  '0x7fdb1f681400: [28/Nov/2026:23:15:41.691383] id=2 proto=unix_stream source=unix:1',
  '  frontend=GLOBAL (id=0 mode=tcp), listener=? (id=1) addr=unix:1',
  '  backend=<NONE> (id=-1 mode=-)',
  '0x7fdb1f891000: [28/Nov/2026:23:15:41.391104] id=0 proto=tcpv4 source=10.0.0.9:10000',
  '  frontend=egress (id=2 mode=tcp), listener=? (id=2) addr=10.1.0.1:10001',
  '  backend=<NONE> (id=-1 mode=-)',
  '',
].join('\n');

test('readArrivals() reads the sessions that came in on a port, and where they went', () => {
  const on = (...ports: number[]) => readArrivals(arrivals, 'egress', ({ port }) => ports.includes(port));
  assert.deepEqual(on(10_000), ['0x7fdb1f681000']);
  assert.deepEqual(on(10_001), ['0x7fdb1f891000']);
  assert.deepEqual(on(10_002), []);
  const seen: Arrived[] = [];
  readArrivals(arrivals, 'egress', (session) => seen.push(session) > 0);
  assert.deepEqual(seen, [
    { port: 10_000, backend: 'to-paris' },
    { port: 10_001, backend: '<NONE>' },
  ]);
  assert.deepEqual(
    readArrivals(arrivals, 'requests', () => true),
    [],
  );
});

test('endArrivals() ends them in every worker, and passes over one that is gone', async () => {
  const said: string[] = [];
  const workers = [fakeWorker(1, said), gone];
  assert.equal(await endArrivals(workers, 'egress', ({ port }) => port === 10_000), 1);
  assert.deepEqual(said, ['1 show sess all', '1 shutdown session 0x7fdb1f681000']);
});

function fakeWorker(pid: number, said: string[]): Worker {
  const answers: Record<string, string> = {
    'show table live': table,
    'show sess': sessions,
    'show sess all': arrivals,
  };
  return {
    pid,
    old: false,
    reloads: 0,
    async ask(command) {
      said.push(`${pid} ${command}`);
      return answers[command] ?? '\n';
    },
    tell: async () => {},
  };
}

const gone: Worker = {
  pid: 3,
  old: false,
  reloads: 0,
  ask: async () => {
    throw new SocketError('gone');
  },
  tell: async () => {},
};

test('cutSessions() ends what is not allowed on every worker, and passes over one that has ended', async () => {
  const said: string[] = [];
  const workers = [fakeWorker(1, said), gone, fakeWorker(2, said)];
  assert.equal(await cutSessions(workers, (grant) => !grant.startsWith('cluster-c|')), 2);
  const cuts = said.filter((command) => command.includes('shutdown'));
  assert.deepEqual(cuts.sort(), ['1 shutdown session 0x7f4c20a7c100', '2 shutdown session 0x7f4c20a7c100']);
});

test('cutSessions() does not list the sessions when all are allowed', async () => {
  const said: string[] = [];
  assert.equal(await cutSessions([fakeWorker(1, said)], () => true), 0);
  assert.deepEqual(said, ['1 show table live']);
});

const calls = [
  '0x1: proto=tcpv4 src=10.0.0.9:5000 fe=egress be=to-paris srv=s1 ts=00 epoch=0 age=0s',
  '0x2: proto=tcpv4 src=10.0.0.9:5001 fe=egress be=to-lyon srv=s1 ts=00 epoch=0 age=0s',
  '0x3: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0 age=0s',
  '',
].join('\n');

test('endSessions() ends those of a frontend that went to a backend of that kind', async () => {
  const said: string[] = [];
  const worker: Worker = {
    ...fakeWorker(1, said),
    ask: async (command) => (said.push(command), command === 'show sess' ? calls : ''),
  };
  assert.equal(await endSessions([worker, gone], 'egress', (backend) => backend === 'to-paris'), 1);
  assert.equal(await endSessions([worker], 'egress'), 2);
  const cuts = said.filter((command) => command !== 'show sess');
  assert.deepEqual(cuts, ['shutdown session 0x1', 'shutdown session 0x1', 'shutdown session 0x2']);
});

test('readAges() reads how long the sessions of a backend have lasted', () => {
  const session = (id: string, be: string, age: string) =>
    `${id}: proto=tcpv4 src=10.0.0.9:5000 fe=ingress be=${be} srv=agent ts=00 epoch=0 age=${age} calls=2 cpu=0`;
  const text = [
    session('0x1', 'strangers', '0s'),
    session('0x2', 'strangers', '1m5s'),
    session('0x3', 'exported', '1d2h'),
    session('0x4', 'strangers', '1d2h'),
    '',
  ].join('\n');
  assert.deepEqual(readAges(text, 'strangers'), [
    { id: '0x1', age: 0 },
    { id: '0x2', age: 65 },
    { id: '0x4', age: 93_600 },
  ]);
});
