import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFake } from '../../../test/conformance/haproxy/keeping.js';
import { aRoot } from '../../../test/gen/pki.js';
import { LoadError } from './faults.js';
import { PauseError } from './pauses.js';

test('check() starts a HAProxy that was lost with the last good configuration, less what is no longer wanted', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b' }));
  fake.fail(new LoadError('no such word'));
  const other = { config: 'config 2' };
  await assert.rejects(fake.keeper.keep(fake.rendered({ 1: 'a', 3: 'c' }, other)), LoadError);
  fake.die();
  fake.fail(undefined);
  await fake.check();
  assert.equal(fake.runs(), 'config 1');
  assert.deepEqual(fake.lines(), ['1 a']);
});

test('check() asks a HAProxy that was started anew for no reload while another configuration is refused', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  fake.fail(new LoadError('no such word'));
  await assert.rejects(fake.keeper.keep(fake.rendered({ 1: 'a' }, { config: 'config 2' })), LoadError);
  await fake.restart();
  fake.forget();
  for (let look = 0; look < 3; look++) {
    await fake.check();
    await fake.clock.advance(60_000);
  }
  assert.ok(!fake.said.includes('load'));
  assert.deepEqual(fake.lines(), ['1 a']);
});

const aRenewed = async () => ({ text: (await aRoot(new Date(), 'CN=renewed')).cert });

const cas = async (name: string) => ({ path: '/ca.pem', text: (await aRoot(new Date(), `CN=${name}`)).cert });

const setCas = ['set ssl ca-file /ca.pem <<', 'commit ssl ca-file /ca.pem'];

test('keep() brings other CAs without a reload, again and again, and then our certificate by one', async (t) => {
  const fake = await startFake(t);
  const [one, two] = [await cas('one'), await cas('two')];
  await fake.keeper.keep(fake.rendered({}, { bundles: [one] }));
  fake.forget();
  await fake.keeper.keep(fake.rendered({}, { bundles: [two] }));
  await fake.keeper.keep(fake.rendered({}, { bundles: [one] }));
  assert.deepEqual(fake.said, [...setCas, ...setCas]);
  const certificate = { ...fake.own, ...(await aRenewed()) };
  await fake.keeper.keep(fake.rendered({}, { bundles: [one], certificate }));
  // HAProxy would say `Success`, and go on to show the one before
  assert.ok(!fake.said.some((command) => command.includes('ssl cert')));
  assert.equal(fake.events.reloads, 2);
});

test('keep() brings our certificate without a reload, and other CAs then by one', async (t) => {
  const fake = await startFake(t);
  const [one, two] = [await cas('one'), await cas('two')];
  await fake.keeper.keep(fake.rendered({}, { bundles: [one] }));
  fake.forget();
  const certificate = { ...fake.own, ...(await aRenewed()) };
  await fake.keeper.keep(fake.rendered({}, { bundles: [one], certificate }));
  assert.deepEqual(fake.said, [`set ssl cert ${fake.own.path} <<`, `commit ssl cert ${fake.own.path}`]);
  assert.equal(fake.events.reloads, 1);
  await fake.keeper.keep(fake.rendered({}, { bundles: [two], certificate }));
  assert.equal(fake.events.reloads, 2);
  fake.forget();
  await fake.keeper.keep(fake.rendered({}, { bundles: [one], certificate }));
  assert.deepEqual(fake.said, setCas);
});

test('keep() shows our certificate at once while CAs wait for a reload, and brings all the rest', async (t) => {
  const fake = await startFake(t);
  const [one, two] = [await cas('one'), await cas('two')];
  const renewed = { ...fake.own, ...(await aRenewed()) };
  await fake.keeper.keep(fake.rendered({ 1: 'a' }, { bundles: [one] }));
  await fake.keeper.keep(fake.rendered({ 1: 'a' }, { bundles: [one], certificate: renewed }));
  fake.old(1);
  const next = fake.rendered({ 1: 'a', 2: 'b' }, { bundles: [two], certificate: renewed });
  await assert.rejects(fake.keeper.keep(next), PauseError);
  assert.deepEqual(fake.lines(), ['1 a', '2 b']);
  fake.forget();
  await assert.rejects(fake.keeper.keep({ ...next, certificate: fake.own }), PauseError);
  assert.deepEqual(fake.said, [`set ssl cert ${fake.own.path} <<`, `commit ssl cert ${fake.own.path}`]);
});

test('keep() waits with a reload for our certificate only while as many old workers live as may', async (t) => {
  const fake = await startFake(t);
  const [one, two] = [await cas('one'), await cas('two')];
  await fake.keeper.keep(fake.rendered({}, { bundles: [one] }));
  await fake.keeper.keep(fake.rendered({}, { bundles: [two] }));
  const next = fake.rendered({}, { bundles: [two], certificate: { ...fake.own, ...(await aRenewed()) } });
  fake.old(8);
  await assert.rejects(fake.keeper.keep(next), PauseError);
  fake.old(7);
  await fake.keeper.keep(next);
  assert.equal(fake.events.reloads, 2);
  assert.deepEqual(fake.ended, []);
});

test('keep() takes over a worker of before without a reload when it has our certificate', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({}));
  await fake.restart();
  await fake.keeper.keep(fake.rendered({ 1: 'a' }));
  assert.equal(fake.events.reloads, 1);
});

test('keep() reloads for CAs that HAProxy does not take while it runs', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({}, { bundles: [await cas('one')] }));
  fake.answers('Failed!');
  await fake.keeper.keep(fake.rendered({}, { bundles: [await cas('two')] }));
  assert.equal(fake.events.reloads, 2);
});

test('keep() waits longer and longer with reloads for one cause while old workers live, and withdraws meanwhile', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({ 1: 'a', 2: 'b' }));
  const waits: number[] = [];
  for (const old of [0, 1, 2, 3, 4]) {
    fake.old(old);
    const next = fake.rendered({ 1: 'a' }, { config: `config for ${old}` });
    const paused = await fake.keeper.keep(next).then(
      () => 0,
      (error: PauseError) => error.ms,
    );
    waits.push(paused / 1_000);
    assert.deepEqual(fake.lines(), ['1 a']);
    if (paused > 0) {
      await assert.rejects(fake.keeper.keep(next), PauseError);
      await fake.clock.advance(paused);
      await fake.keeper.keep(next);
    }
  }
  assert.deepEqual(waits, [0, 1, 2, 4, 300]);
  assert.deepEqual(fake.ended, [], 'no worker was ended');
});

test('keep() lets no peer wait for the reloads of another, and brings what waits along', async (t) => {
  const fake = await startFake(t);
  const versions = { a: 0, b: 0 };
  const change = (link: 'a' | 'b') => {
    versions[link]++;
    const parts = new Map(Object.entries(versions).map(([name, version]) => [name, String(version)]));
    return fake.keeper.keep(fake.rendered({}, { config: JSON.stringify(versions), parts: () => parts })).then(
      () => 0,
      (error: PauseError) => error.ms / 1_000,
    );
  };
  await change('a');
  const waits: number[] = [];
  for (const old of [0, 1, 2, 3]) {
    fake.old(old);
    waits.push(await change('a'));
    await fake.clock.advance(1_000 * waits.at(-1)!);
    if (waits.at(-1) !== 0) assert.equal(await change('a'), 0);
  }
  fake.old(4);
  assert.deepEqual([...waits, await change('a')], [0, 1, 2, 4, 300]);
  assert.equal(await change('b'), 1);
  await fake.clock.advance(1_000);
  assert.equal(await change('b'), 0);
  assert.equal(fake.runs(), JSON.stringify(versions));
  assert.deepEqual(fake.ended, []);
});

test('keep() ends the oldest worker only when there are too many, and that was waited for', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({}));
  fake.old(8);
  const next = fake.rendered({}, { config: 'config 2' });
  await assert.rejects(fake.keeper.keep(next), ({ ms }: PauseError) => ms === 300_000);
  await fake.clock.advance(300_000);
  assert.deepEqual(fake.ended, []);
  await fake.keeper.keep(next);
  assert.deepEqual(fake.ended, [8]);
});

test('keep() asks after growing pauses for what HAProxy refuses', async (t) => {
  const fake = await startFake(t);
  await fake.keeper.keep(fake.rendered({}));
  fake.fail(new LoadError('no such word'));
  const next = fake.rendered({}, { config: 'config 2' });
  await assert.rejects(fake.keeper.keep(next), LoadError);
  await assert.rejects(fake.keeper.keep(next), PauseError);
  await fake.clock.advance(1_000);
  await assert.rejects(fake.keeper.keep(next), LoadError);
  await fake.clock.advance(1_000);
  await assert.rejects(fake.keeper.keep(next), PauseError);
  await assert.rejects(fake.keeper.keep(next, 'now'), LoadError);
});
