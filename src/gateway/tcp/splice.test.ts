import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { ending, readAll } from '../../../test/conformance/client.js';
import { moments, socketPair } from '../../../test/conformance/socketpair.js';
import { plainEnd, splice } from './splice.js';

/** client <-> near, spliced to far <-> server. */
async function spliced() {
  const [[client, near], [far, server]] = await Promise.all([socketPair(), socketPair()]);
  let over = false;
  const done = splice(plainEnd(near), plainEnd(far)).then(() => (over = true));
  return { client, near, far, server, done, isOver: () => over };
}

test('splice() carries both directions and ends when both have ended', async () => {
  const { client, server, done, near, far } = await spliced();
  client.end('there');
  assert.equal((await readAll(server)).toString(), 'there');
  server.end('and back');
  assert.equal((await readAll(client)).toString(), 'and back');
  await done;
  assert.ok(near.closed && far.closed);
});

test('splice() keeps one direction open for as long as it likes after the other has ended', async () => {
  const { client, server, isOver } = await spliced();
  client.end();
  await readAll(server);
  assert.equal(isOver(), false);
  for (const word of ['one', 'two']) {
    server.write(word);
    await eventually(() => client.read() !== null);
  }
  server.end();
  await eventually(isOver);
});

test('splice() resets the other side when one is reset', async () => {
  for (const broken of ['client', 'server'] as const) {
    const { done, ...ends } = await spliced();
    const other = ending(broken === 'client' ? ends.server : ends.client);
    ends[broken].resetAndDestroy();
    assert.equal(await other, 'ECONNRESET');
    await done;
  }
});

test('splice() resets the other side when ours is destroyed in the middle', async () => {
  const { near, server, done } = await spliced();
  const how = ending(server);
  near.destroy();
  assert.equal(await how, 'ECONNRESET');
  await done;
});

test('splice() resets the other side when only half of a connection was ended', async () => {
  const { client, near, server, done } = await spliced();
  server.end();
  await readAll(client);
  const how = ending(server);
  near.destroy();
  assert.equal(await how, 'ECONNRESET');
  await done;
});

test('splice() delivers what is under way to a slow reader after the sender has gone', async () => {
  const { client, near, far, server, done } = await spliced();
  client.end();
  await readAll(server);
  const chunk = Buffer.alloc(16 << 10);
  let sent = 0;
  // Until all buffers of the system are full, and the rest waits in ours.
  while (near.writableLength === 0) {
    server.write(chunk);
    sent += chunk.length;
    await eventually(() => near.bytesWritten === sent);
  }
  server.end();
  await eventually(() => far.closed);
  assert.ok(near.writableLength > 0);
  assert.equal((await readAll(client)).length, sent);
  await done;
});

test('splice() resets what is left when one side was gone before it began', async () => {
  const [[client, near], [far, server]] = await Promise.all([socketPair(), socketPair()]);
  client.resetAndDestroy();
  near.destroy();
  await eventually(() => near.closed);
  const how = ending(server);
  await splice(plainEnd(near), plainEnd(far));
  assert.equal(await how, 'ECONNRESET');
});

test('splice() stops reading while the other side does not', async () => {
  const { client, near, far, server, done } = await spliced();
  server.pause();
  const block = Buffer.alloc(1 << 20);
  const feed = () => {
    while (client.write(block));
  };
  client.on('drain', feed);
  feed();
  await eventually(() => near.isPaused() && far.writableNeedDrain);
  assert.ok(far.writableLength <= 1 << 18, `holds ${far.writableLength} bytes`);
  server.resume();
  await eventually(() => server.bytesRead > 16 << 20);
  client.resetAndDestroy();
  await done;
});

for (const [when, wait] of Object.entries(moments)) {
  test(`a reset ${when} the end was passed on closes the connection`, async () => {
    const [here, there] = await socketPair();
    const how = ending(there);
    here.end();
    await wait();
    const closed = once(here, 'close');
    plainEnd(here).reset();
    await Promise.all([closed, how]);
  });
}
