import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkError, TooLargeError } from './errors.js';
import { readItems, type Envelope } from './items.js';

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, o: { size?: number; objectBytes?: number; bytes?: number } = {}) {
  const { size = 7, objectBytes = 1_000, bytes = 100_000 } = o;
  const items: unknown[] = [];
  const options = { what: 'LIST', objectBytes, bytes, onItem: (item: unknown) => items.push(item) };
  const envelope: Envelope = await readItems(pieces(text, size), options);
  return { items, envelope };
}

const tricky = {
  kind: 'ServiceList',
  note: 'items',
  metadata: { resourceVersion: '7', items: [1, 2], continue: 'next' },
  items: [
    { metadata: { name: 'a' }, items: [{ x: 1 }] },
    { text: 'quotes " and \\ and ]}, and ünïcödé 🙂', deep: [[[{}]]] },
    {},
  ],
};

for (const size of [1, 2, 3, 7, 64, 10_000])
  test(`readItems() reads what comes in pieces of ${size} bytes`, async () => {
    for (const text of [JSON.stringify(tricky), JSON.stringify(tricky, undefined, 2)]) {
      const { items, envelope } = await read(text, { size });
      assert.deepEqual(items, tricky.items);
      assert.deepEqual(envelope, { ...tricky, items: [] });
    }
  });

test('readItems() takes a list whose items come first, and one without any', async () => {
  const first = await read('{"items":[{"a":1}],"metadata":{"resourceVersion":"7"}}');
  assert.deepEqual([first.items, first.envelope.metadata], [[{ a: 1 }], { resourceVersion: '7' }]);
  for (const none of ['{"items":[]}', '{"items":null}', '{}', ' {"items": [ ] } ']) {
    const { items } = await read(none);
    assert.deepEqual(items, []);
  }
});

const bad: Record<string, string> = {
  nothing: '',
  'no JSON': '<html>',
  'a list of lists': '{"items":[[]]}',
  'a list of numbers': '{"items":[1]}',
  'a list of texts': '{"items":["a"]}',
  'a list of nothing': '{"items":[null]}',
  'an end too early': '{"items":[{"a":1},{"a"',
  'no end': '{"items":[{"a":1}]',
  'the wrong bracket': '{"items":[{"a":1}}}',
  'an item that is none': '{"items":[{"a":]}',
  'brackets that close nothing': ']]}}',
  null: 'null',
};
for (const [title, text] of Object.entries(bad))
  test(`readItems() refuses ${title}`, async () => {
    await assert.rejects(read(text), NetworkError);
  });

test('readItems() bounds the whole, each item, and what stands beside the items', async () => {
  const long = 'x'.repeat(2_000);
  await assert.rejects(read(JSON.stringify({ items: [{ long }] })), TooLargeError);
  await assert.rejects(read(JSON.stringify({ items: [{}, {}] }), { bytes: 10 }), TooLargeError);
  const beside = JSON.stringify({ metadata: { continue: 'x'.repeat(70_000) } });
  await assert.rejects(read(beside, { size: 10_000 }), TooLargeError);
});
