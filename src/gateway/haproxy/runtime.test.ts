import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ask, CommandError, readFields, readProcesses, SocketError, workerOf } from './runtime.js';

/** A socket that answers each command by this function, and remembers what came. */
async function fakeMaster(t: TestContext, answer: (command: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'runtime-'));
  const path = join(folder, 's');
  const heard: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void socket.toArray().then((chunks) => {
      const command = Buffer.concat(chunks as Buffer[]).toString();
      heard.push(command);
      socket.end(answer(command));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  return { path, heard };
}

test('ask() sends a line and gives back all of the answer', async (t) => {
  const { path, heard } = await fakeMaster(t, () => 'x'.repeat(100_000));
  assert.equal((await ask(path, 'show map')).length, 100_000);
  assert.deepEqual(heard, ['show map\n']);
});

test('ask() says which socket is not there', async () => {
  await assert.rejects(ask('/nowhere/master.sock', 'show proc'), (error: Error) => {
    assert.ok(error instanceof SocketError);
    return /\/nowhere\/master\.sock.*ENOENT/.test(error.message);
  });
});

test('workerOf() addresses one worker', async (t) => {
  const { path, heard } = await fakeMaster(t, () => '\n');
  await workerOf(path, { pid: 42, old: false, reloads: 0 }).tell('del map /m 1');
  assert.deepEqual(heard, ['@!42 del map /m 1\n']);
});

test('tell() rejects with what HAProxy said, and without what was sent along', async (t) => {
  const { path } = await fakeMaster(t, () => 'entry not found.\n\n');
  const told = workerOf(path, { pid: 42, old: false, reloads: 0 }).tell(
    'set ssl cert /own.pem <<\nTHE KEY\n',
  );
  await assert.rejects(told, (error: Error) => {
    assert.ok(error instanceof CommandError);
    assert.match(error.message, /set ssl cert \/own\.pem: entry not found/);
    return !error.message.includes('THE KEY');
  });
});

for (const answer of [
  "Can't find the target PID matching the prefix '@!42'\n",
  "Can't connect to the target CLI!\n",
]) {
  test(`a worker is gone when its master says: ${answer.trim()}`, async (t) => {
    const { path } = await fakeMaster(t, () => answer);
    await assert.rejects(workerOf(path, { pid: 42, old: false, reloads: 0 }).ask('show info'), SocketError);
  });
}

test('readFields() reads names and values', () => {
  const fields = readFields('Name: HAProxy\nPid: 20712\ndescription: a: b\n\n');
  assert.deepEqual(
    [...fields],
    [
      ['Name', 'HAProxy'],
      ['Pid', '20712'],
      ['description', 'a: b'],
    ],
  );
});

test('readProcesses() tells old workers from the one that takes connections', () => {
  const text = [
    '#<PID>          <type>          <reloads>       <uptime>        <version>      ',
    '20630           master          1 [failed: 0]   0d00h00m02s     3.0.11-1+deb13u5',
    '# workers',
    '20810           worker          0               0d00h00m01s     3.0.11-1+deb13u5',
    '# old workers',
    '20712           worker          1               0d00h00m02s     3.0.11-1+deb13u5',
    '# programs',
  ].join('\n');
  assert.deepEqual(readProcesses(text), {
    master: 20630,
    workers: [
      { pid: 20810, old: false, reloads: 0 },
      { pid: 20712, old: true, reloads: 1 },
    ],
  });
  assert.equal(readProcesses('Unknown command\n'), undefined);
});
