import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Caps, capsOf, openFilesLimit } from './caps.js';

const cases: Readonly<Record<string, readonly [Partial<Caps>, number, Caps]>> = {
  'where there are files enough, the defaults': [
    {},
    64_000,
    { connections: 8_000, perLink: 4_000, perExport: 6_000, channels: 64, handshakes: 4_000 },
  ],
  'what was asked for': [
    { connections: 1_000, perLink: 100, perExport: 50, channels: 5, handshakes: 10 },
    40_000,
    { connections: 1_000, perLink: 100, perExport: 50, channels: 5, handshakes: 10 },
  ],
  'fewer where there are few files, of which some are kept': [
    {},
    1_056,
    { connections: 200, perLink: 100, perExport: 150, channels: 50, handshakes: 100 },
  ],
  'one where there is none to spare': [
    {},
    100,
    { connections: 1, perLink: 2, perExport: 1, channels: 1, handshakes: 5 },
  ],
  'no link, export or handshakes that could take all, even if asked for': [
    { connections: 100, perLink: 100, perExport: 100, handshakes: 100 },
    40_000,
    { connections: 100, perLink: 50, perExport: 75, channels: 25, handshakes: 50 },
  ],
};
for (const [title, [asked, files, caps]] of Object.entries(cases)) {
  test(`capsOf(): ${title}`, () => assert.deepEqual(capsOf(asked, files), caps));
}

test('openFilesLimit() reads the hard limit', () => {
  const limits =
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
    'Max open files            1024                 524288               files     \n';
  assert.equal(openFilesLimit(limits), 524_288);
});

test('openFilesLimit() knows of none where there is none', () => {
  assert.equal(
    openFilesLimit('Max open files            unlimited            unlimited            files'),
    Infinity,
  );
  assert.equal(openFilesLimit(''), Infinity);
});
