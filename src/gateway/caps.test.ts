import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Caps, capsOf, openFilesLimit } from './caps.js';

const cases: Readonly<Record<string, readonly [Partial<Caps>, number, Caps]>> = {
  'where there are files enough, the defaults': [
    {},
    40_000,
    { connections: 8_000, perLink: 4_000, perExport: 6_000, perSource: 2_000 },
  ],
  'what was asked for': [
    { connections: 1_000, perLink: 100, perExport: 50, perSource: 10 },
    40_000,
    { connections: 1_000, perLink: 100, perExport: 50, perSource: 10 },
  ],
  'fewer where there are few files': [
    {},
    1_024,
    { connections: 256, perLink: 128, perExport: 192, perSource: 64 },
  ],
  'no link, export or address that could take all, even if asked for': [
    { connections: 100, perLink: 100, perExport: 100, perSource: 100 },
    40_000,
    { connections: 100, perLink: 50, perExport: 75, perSource: 25 },
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
