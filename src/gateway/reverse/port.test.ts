import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { call, connect, ending } from '../../../test/conformance/client.js';
import { encodePreface, type Preface } from '../../protocol/dialpreface.js';
import { createPort, prefaceTimeout } from './port.js';

async function aPort(t: TestContext) {
  const clock = fakeClock();
  const accepted: { socket: Socket; preface: Preface; known: () => void }[] = [];
  const port = createPort({
    ...{ clock, address: '127.0.0.1', port: 0 },
    accept: (socket, preface, known) => accepted.push({ socket, preface, known }),
  });
  t.after(() => {
    port.close();
    for (const { socket } of accepted) socket.destroy();
  });
  await port.open();
  await port.open();
  return { clock, accepted, port };
}

const spare: Preface = { kind: 'spare', token: 'ab'.repeat(32) };

test('a connection is handed over when it has said what it is, in whatever pieces', async (t) => {
  const { accepted, port } = await aPort(t);
  const client = await connect(port.port());
  const bytes = encodePreface(spare);
  client.write(bytes.subarray(0, 9));
  await new Promise((resolve) => setImmediate(resolve));
  client.write(bytes.subarray(9));
  await eventually(() =>
    assert.deepEqual(
      accepted.map(({ preface }) => preface),
      [spare],
    ),
  );
  client.destroy();
});

test('a connection that says something else, or more, or ends is closed', async (t) => {
  const { accepted, port } = await aPort(t);
  for (const bytes of [Buffer.from('GET / '), Buffer.concat([encodePreface(spare), Buffer.from('x')]), '']) {
    const client = await connect(port.port());
    const ended = ending(client);
    if (bytes === '') client.end();
    else client.write(bytes);
    await ended;
  }
  assert.equal(accepted.length, 0);
});

test('a connection that does not prove in time who it is is closed', async (t) => {
  const { clock, accepted, port } = await aPort(t);
  const [silent, unproven, proven] = await Promise.all([
    connect(port.port()),
    connect(port.port()),
    connect(port.port()),
  ]);
  unproven.write(encodePreface({ kind: 'control', cluster: 'unproven' }));
  proven.write(encodePreface({ kind: 'control', cluster: 'proven' }));
  await eventually(() => accepted.length === 2);
  accepted.find(({ preface }) => preface.kind === 'control' && preface.cluster === 'proven')?.known();
  const ended = Promise.all([ending(silent), ending(unproven)]);
  await clock.advance(prefaceTimeout);
  await ended;
  assert.equal(proven.destroyed, false);
  assert.equal(accepted.filter(({ socket }) => socket.destroyed).length, 1);
  proven.destroy();
});

test('one address that floods the port has a fifth of its places, and gets no more', async (t) => {
  const { port } = await aPort(t);
  const clients = Array.from({ length: 200 }, () => call(port.port()));
  let refused = 0;
  for (const client of clients) client.once('close', () => refused++).resume();
  await eventually(() => assert.ok(refused >= 90, `${refused} refused`));
  assert.ok(refused < 120, `${refused} refused`);
  for (const client of clients) client.destroy();
});

test('one address that asks for handshakes without end gets some, and then one from time to time', async (t) => {
  const { clock, accepted, port } = await aPort(t);
  const ask = async (preface: Preface) => {
    const before = accepted.length;
    const client = await connect(port.port());
    let isRefused = false;
    client.resume().once('end', () => (isRefused = true));
    client.write(encodePreface(preface));
    await eventually(() => accepted.length > before || isRefused);
    accepted.at(-1)?.known();
    client.destroy();
    return isRefused;
  };
  const control: Preface = { kind: 'control', cluster: 'paris' };
  let count = 0;
  while (!(await ask(control))) count++;
  assert.equal(count, 128);
  assert.equal(await ask(spare), false, 'a token costs nothing');
  await clock.advance(50);
  assert.equal(await ask(control), false);
  assert.equal(await ask(control), true);
});
