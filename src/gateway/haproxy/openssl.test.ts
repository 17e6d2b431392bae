import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { opensslConfig, opensslEnvironment, writeOpensslConfig } from './openssl.js';

test('writeOpensslConfig() writes the file that the environment names, also over an older one', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'openssl-'));
  t.after(() => rm(directory, { recursive: true }));
  for (let round = 0; round < 2; round++) await writeOpensslConfig(directory);
  assert.equal(await readFile(opensslEnvironment(directory).OPENSSL_CONF, 'utf8'), opensslConfig);
});
