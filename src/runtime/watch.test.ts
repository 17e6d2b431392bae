import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock } from '../../test/gen/clock.js';
import { startFakeApi, type FakeApi, type OpenWatch } from '../../test/fakeapi/fakeapi.js';
import type { ConfigMap } from '../api/objects.js';
import { configMaps } from '../api/resources.js';
import { createKube, isGone, NetworkError, type KubeClient, type WatchEvent } from './kube.js';
import { TooLargeError } from './errors.js';
import { lines } from './watch.js';

let api: FakeApi;
let kube: KubeClient;

beforeEach(async () => {
  api = await startFakeApi();
  kube = createKube(api.config, { fieldManager: 'tester' });
});
afterEach(async () => {
  await kube.close();
  await api.close();
});

function configMap(name: string, text = ''): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { text } };
}

async function start(resourceVersion = '100') {
  const stop = new AbortController();
  const events: WatchEvent<ConfigMap>[] = [];
  const over = (async () => {
    for await (const event of kube.watch(configMaps, { resourceVersion }, stop.signal)) events.push(event);
  })();
  over.catch(() => undefined);
  const server: OpenWatch = await eventually(() => api.watches()[0] ?? false);
  return { events, over, server, stop };
}

test('watch() tells what happened since the version, what happens, and bookmarks', async () => {
  api.put(configMaps, configMap('before'));
  const { events, server, stop, over } = await start();
  api.put(configMaps, configMap('after'));
  api.put(configMaps, configMap('after', 'x'));
  api.drop(configMaps, 'default/after');
  server.bookmark();
  await eventually(() => events.length === 5);
  assert.deepEqual(
    events.map(({ type, object }) => [type, object.metadata.name]),
    [
      ['ADDED', 'before'],
      ['ADDED', 'after'],
      ['MODIFIED', 'after'],
      ['DELETED', 'after'],
      ['BOOKMARK', undefined],
    ],
  );
  stop.abort();
  await over;
});

test('watch() keeps characters whole that the network splits', async () => {
  const { events, server, stop, over } = await start();
  const bytes = Buffer.from(
    `${JSON.stringify({ type: 'ADDED', object: configMap('a', 'Zürich 東京 🚂') })}\n`,
  );
  for (const byte of bytes) {
    server.write(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }
  await eventually(() => events.length === 1);
  assert.equal((events[0]?.object as ConfigMap).data?.text, 'Zürich 東京 🚂');
  stop.abort();
  await over;
});

test('watch() returns when the server ends it, and when the signal aborts', async () => {
  const first = await start();
  first.server.end();
  await first.over;
  const second = await start();
  second.stop.abort();
  await second.over;
  await eventually(() => api.watches().length === 0);
});

test('watch() closes the connection of a reader who leaves', async () => {
  api.put(configMaps, configMap('a'));
  for await (const event of kube.watch(
    configMaps,
    { resourceVersion: '100' },
    new AbortController().signal,
  )) {
    assert.equal(event.type, 'ADDED');
    assert.equal(api.watches().length, 1);
    break;
  }
  await eventually(() => api.watches().length === 0);
});

const endings = {
  'a reset': [(server: OpenWatch) => server.reset(), (error: unknown) => error instanceof NetworkError],
  'a 410': [(server: OpenWatch) => server.error(410, 'Expired'), isGone],
  'half a line': [
    (server: OpenWatch) => {
      server.write('{"type":"ADD');
      server.end();
    },
    (error: unknown) => error instanceof NetworkError && error.code === 'ERR_NOT_JSON',
  ],
} as const;
for (const [title, [spoil, expected]] of Object.entries(endings))
  test(`watch() throws on ${title}`, async () => {
    const { server, over } = await start();
    spoil(server);
    await assert.rejects(over, expected);
  });

test('watch() throws when the server does not accept it in time', async () => {
  const clock = fakeClock();
  const patient = createKube(api.config, { fieldManager: 'tester', clock, deadlineMs: 9_000 });
  api.fault({ watch: true }, { kind: 'silence' });
  const events = patient.watch(configMaps, { resourceVersion: '1' }, new AbortController().signal);
  const over = assert.rejects(async () => {
    for await (const event of events) void event;
  }, /not accepted within 9000 ms/);
  await eventually(() => api.seen.length === 1);
  await clock.advance(9_000);
  await over;
  assert.equal(clock.timers, 0);
  await patient.close();
});

test('watch() throws when it is refused', async () => {
  api.fault({ watch: true }, { kind: 'answer', status: 410, body: { reason: 'Expired' } });
  const events = kube.watch(configMaps, { resourceVersion: '1' }, new AbortController().signal);
  await assert.rejects(async () => {
    for await (const event of events) void event;
  }, isGone);
});

async function* chunks(...parts: (string | Uint8Array)[]) {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function split(...parts: (string | Uint8Array)[]): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines(chunks(...parts), 8)) found.push(line);
  return found;
}

const euro = Buffer.from('€');
const cases: Record<string, [(string | Uint8Array)[], string[]]> = {
  'several lines in one chunk': [['a\nb\n'], ['a', 'b']],
  'one line in several chunks': [['a', 'b', 'c\n'], ['abc']],
  'a character split between chunks': [[euro.subarray(0, 1), euro.subarray(1), '\n'], ['€']],
  'a newline at the start of a chunk': [
    ['a', '\nb', '\n'],
    ['a', 'b'],
  ],
  'empty lines are left out': [['\n\na\n\n'], ['a']],
  'a last line without its newline': [['a\nb'], ['a', 'b']],
  nothing: [[], []],
};
for (const [title, [parts, expected]] of Object.entries(cases))
  test(`lines(): ${title}`, async () => assert.deepEqual(await split(...parts), expected));

for (const parts of [['xxxx', 'xxxx', 'x'], ['xxxxxxxxx\n'], ['xxxxx', 'xxxx\n']])
  test(`lines() gives up on a line that is too long, as ${JSON.stringify(parts)}`, async () => {
    await assert.rejects(split(...parts), TooLargeError);
  });
