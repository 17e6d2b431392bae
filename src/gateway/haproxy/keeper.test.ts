import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fakeClock } from '../../../test/clock.js';
import { eventually } from '../../../test/operator/eventually.js';
import { silent } from '../../runtime/log.js';
import { LoadError } from './faults.js';
import { createKeeper } from './keeper.js';
import type { Haproxy } from './process.js';
import type { Rendered } from './render/layout.js';
import { shapeOf } from './render/slots.js';
import { SocketError, type Worker } from './runtime.js';

/** A HAProxy that has one map, which it reads from its file whenever it starts or reloads. */
async function startFake(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'keeper-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'routes.map');
  const said: string[] = [];
  let pid = 0;
  let runs: string | undefined;
  let lines: string[] = [];

  const workerOf = (own: number): Worker => {
    const ask = async (command: string) => {
      if (own !== pid || runs === undefined) throw new SocketError('gone');
      said.push(command.split('\n')[0]!);
      const [, verb, key, value] = /^(add|del) map \S+ (\S+) ?(\S*)$/.exec(command) ?? [];
      if (verb === 'add') lines.push(`${key} ${value}`);
      if (verb === 'del') lines = lines.filter((line) => !line.startsWith(`${key} `));
      if (command.startsWith('show map')) return lines.map((line) => `0x1 ${line}\n`).join('');
      if (/^(set|commit) ssl/.test(command)) return 'transaction Success';
      if (command.includes(' addr ')) return 'IP changed\n';
      return '\n';
    };
    return { pid: own, old: false, ask, tell: async (command) => void (await ask(command)) };
  };
  const start = async (config: string | undefined) => {
    pid++;
    runs = config;
    lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
  };
  const haproxy: Haproxy = {
    check: () => Promise.reject(new Error('unused')),
    load: async (config) => {
      said.push('load');
      if (failure !== undefined) throw failure;
      await start(config);
      return workerOf(pid);
    },
    running: async (config) =>
      runs !== undefined && shapeOf(config) === shapeOf(runs) ? workerOf(pid) : undefined,
    store: async (config) => {
      said.push(`store ${config}`);
      runs = config;
    },
    workers: async () => (runs === undefined ? [] : [workerOf(pid)]),
    missing: () => false,
    rest: async () => {},
    stop: async () => {},
  };
  let failure: Error | undefined;
  const clock = fakeClock();
  const events = { reloads: 0, reloaded: () => void events.reloads++, entries: () => {} };
  const keeper = createKeeper({ directory, haproxy, clock, log: silent, events });
  const rendered = (map: Record<string, string>, changes: Partial<Rendered> = {}): Rendered => ({
    config: 'config 1',
    certificate: { path: join(directory, 'own.pem'), text: 'CERT 1' },
    bundles: [],
    maps: new Map([[path, new Map(Object.entries(map))]]),
    servers: new Map(),
    ...changes,
  });
  return {
    ...{ keeper, rendered, said, events, path, clock },
    lines: () => [...lines].sort(),
    /** HAProxy dies, and comes back with what its files say. */
    restart: (config = runs) => start(config),
    /** HAProxy dies. */
    die: () => void (runs = undefined),
    /** What somebody else does to it. */
    tamper: (others: string[]) => void (lines = others),
    forget: () => said.splice(0),
    /** Every configuration is refused from now on. */
    fail: (error: Error | undefined) => void (failure = error),
  };
}

test('keep() loads a configuration once, and then changes the map alone', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.forget();
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b' }));
  assert.deepEqual(fake.said, [`add map ${fake.path} 2 b`]);
  assert.deepEqual(fake.lines(), ['1 a', '2 b']);
  assert.equal(fake.events.reloads, 1);
});

test('keep() says nothing to HAProxy when nothing has changed', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.forget();
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  assert.deepEqual(fake.said, []);
});

test('keep() takes out what is gone even when what follows fails', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b' }));
  fake.forget();
  fake.fail(new Error('no such word'));
  await assert.rejects(fake.keeper.keep(fake.rendered({ 1: 'a' }, { config: 'config 2' })), /no such word/);
  assert.deepEqual(fake.lines(), ['1 a']);
});

test('keep() takes out what is gone from the one before for as long as no other is accepted', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b', 3: 'c' }));
  fake.fail(new LoadError('no such word'));
  const other = { config: 'config 2' };
  await assert.rejects(fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b' }, other)), LoadError);
  await assert.rejects(fake.keeper.keep(fake.rendered({ 1: 'a' }, other)), LoadError);
  assert.deepEqual(fake.lines(), ['1 a']);
  fake.fail(undefined);
  await fake.keeper.keep(fake.rendered({ 1: 'a', 4: 'd' }, other));
  assert.deepEqual(fake.lines(), ['1 a', '4 d']);
});

test('keep() goes back without a reload to what a refused configuration has left in force', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.fail(new LoadError('no such word'));
  await assert.rejects(fake.keeper.keep(fake.rendered({ 1: 'a' }, { config: 'config 2' })), LoadError);
  fake.forget();
  await fake.keeper.keep(fake.rendered({ 2: 'b' }));
  assert.deepEqual(fake.lines(), ['2 b']);
  assert.ok(!fake.said.includes('load'));
});

test('settle() writes what was only told, and nothing is written later', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b' }));
  assert.equal(await readFile(fake.path, 'utf8'), '1 a\n');
  await fake.keeper.settle();
  assert.equal(await readFile(fake.path, 'utf8'), '1 a\n2 b\n');
  assert.equal(fake.clock.timers, 0);
});

test('keep() has written what is gone, for a HAProxy that starts anew', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  await fake.keeper.keep(fake.rendered({ 2: 'b' }));
  assert.equal(await readFile(fake.path, 'utf8'), '2 b\n');
  await fake.keeper.keep(fake.rendered({ 2: 'c' }));
  assert.equal(await readFile(fake.path, 'utf8'), '2 c\n');
});

test('keep() writes what is new a little later, once for several', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b' }));
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b', 3: 'c' }));
  assert.equal(await readFile(fake.path, 'utf8'), '1 a\n');
  await fake.clock.advance(1_000);
  await eventually(async () => assert.equal(await readFile(fake.path, 'utf8'), '1 a\n2 b\n3 c\n'));
});

test('keep() has written everything when HAProxy reloads, which makes it read the file', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b' }));
  fake.forget();
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b', 3: 'c' }, { config: 'config 2' }));
  assert.deepEqual(fake.said, ['load', `show map ${fake.path}`]);
  assert.deepEqual(fake.lines(), ['1 a', '2 b', '3 c']);
});

test('keep() compares with what the map really holds after a reload', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.forget();
  await fake.keeper.keep(fake.rendered({ 1: 'a' }, { config: 'config 2' }));
  assert.deepEqual(fake.said, ['load', `show map ${fake.path}`]);
});

test('keep() brings a new certificate without a reload', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({}));
  const own = { path: '/own.pem', text: '-----BEGIN X-----\nnew\n-----END X-----' };
  fake.forget();
  await fake.keeper.keep(fake.rendered({}, { certificate: own }));
  assert.deepEqual(fake.said, ['set ssl cert /own.pem <<', 'commit ssl cert /own.pem']);
  fake.forget();
  await fake.keeper.keep(fake.rendered({}, { certificate: own }));
  assert.deepEqual(fake.said, []);
});

test('keep() finds a HAProxy that was started anew under it', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  await fake.restart();
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b' }));
  assert.deepEqual(fake.lines(), ['1 a', '2 b']);
});

test('check() makes a HAProxy that was started anew what it should be', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  await fake.restart();
  fake.tamper(['1 wrong', '9 stray']);
  await fake.keeper.check();
  assert.deepEqual(fake.lines().length, 1);
  assert.ok(fake.said.includes(`del map ${fake.path} 9`));
});

test('check() tries again when a HAProxy that was lost did not take its configuration at once', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.die();
  fake.fail(new LoadError('a port is still taken'));
  await assert.rejects(fake.keeper.check(), LoadError);
  await assert.rejects(fake.keeper.check(), LoadError);
  fake.fail(undefined);
  await fake.keeper.check();
  assert.deepEqual(fake.lines(), ['1 a']);
  assert.equal(fake.events.reloads, 2);
});

test('check() tries again when one that was started anew did not take its configuration at once', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  await fake.restart('what another has written');
  fake.fail(new LoadError('a port is still taken'));
  await assert.rejects(fake.keeper.check(), LoadError);
  fake.fail(undefined);
  await fake.keeper.check();
  assert.equal(fake.events.reloads, 2);
});

test('check() leaves what was refused to those who wanted it, and brings it when HAProxy is lost', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.fail(new LoadError('no such word'));
  await assert.rejects(fake.keeper.keep(fake.rendered({ 1: 'a' }, { config: 'config 2' })));
  fake.forget();
  await fake.keeper.check();
  assert.deepEqual(fake.said, []);
  fake.die();
  await assert.rejects(fake.keeper.check(), LoadError);
});

test('check() leaves one alone that is as it was', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.check();
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.forget();
  await fake.keeper.check();
  assert.deepEqual(fake.said, []);
});

test('keep() takes a server out, and puts it back', async (t) => {
  const fake = await startFake(t);
  const good = (ready: boolean) =>
    fake.rendered({}, { servers: new Map([['to-a/s0', { ip: '192.0.2.1', port: 1, ready }]]) });
  await fake.keeper.keep(good(true));
  fake.forget();
  await fake.keeper.keep(good(false));
  await fake.keeper.keep(good(false));
  await fake.keeper.keep(good(true));
  assert.deepEqual(fake.said, ['set server to-a/s0 state maint', 'set server to-a/s0 state ready']);
});

test('keep() gives a server another address while HAProxy runs, and writes it down first', async (t) => {
  const fake = await startFake(t);
  const at = (ip: string) =>
    fake.rendered(
      {},
      {
        config: `backend to-a\n  server s0 ipv4@${ip}:1 ssl`,
        servers: new Map([['to-a/s0', { ip, port: 1, ready: true }]]),
      },
    );
  await fake.keeper.keep(at('192.0.2.1'));
  fake.forget();
  await fake.keeper.keep(at('192.0.2.2'));
  await fake.keeper.keep(at('192.0.2.2'));
  assert.deepEqual(fake.said, [
    'store backend to-a\n  server s0 ipv4@192.0.2.2:1 ssl',
    'set server to-a/s0 addr 192.0.2.2 port 1',
  ]);
  assert.equal(fake.events.reloads, 1);
});
