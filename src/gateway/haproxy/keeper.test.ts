import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startFake } from '../../../test/conformance/haproxy/keeping.js';
import { eventually } from '../../../test/driver/eventually.js';
import { LoadError } from './faults.js';

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
  await assert.rejects(fake.keeper.keep(fake.rendered({ 1: 'a' }, other)), /no such word/);
  assert.deepEqual(fake.lines(), ['1 a']);
  fake.fail(undefined);
  await fake.clock.advance(1_000);
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
  await fake.check();
  assert.deepEqual(fake.lines().length, 1);
  assert.ok(fake.said.includes(`del map ${fake.path} 9`));
});

test('check() tries again when a HAProxy that was lost did not take its configuration at once', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.die();
  fake.fail(new LoadError('a port is still taken'));
  await assert.rejects(fake.check(), LoadError);
  await assert.rejects(fake.check(), LoadError);
  fake.fail(undefined);
  await fake.check();
  assert.deepEqual(fake.lines(), ['1 a']);
  assert.equal(fake.events.reloads, 2);
});

test('check() tries again when one that was started anew did not take its configuration at once', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  await fake.restart('what another has written');
  fake.fail(new LoadError('a port is still taken'));
  await assert.rejects(fake.check(), LoadError);
  fake.fail(undefined);
  await fake.clock.advance(1_000);
  await fake.check();
  assert.equal(fake.events.reloads, 2);
});

test('check() leaves what was refused to those who wanted it, and brings it when HAProxy is lost', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.fail(new LoadError('no such word'));
  await assert.rejects(fake.keeper.keep(fake.rendered({ 1: 'a' }, { config: 'config 2' })));
  fake.forget();
  await fake.check();
  assert.deepEqual(fake.said, []);
  fake.die();
  await assert.rejects(fake.check(), LoadError);
});

test('check() leaves one alone that is as it was', async (t) => {
  const fake = await startFake(t);
  await fake.check();
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.forget();
  await fake.check();
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
