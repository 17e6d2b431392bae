import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensureBinary } from './binaries.js';
import { CommandFailed, run } from './exec.js';
import { kindConfig } from './kind.js';
import { toStderr } from './progress.js';

const kindcheck = await ensureBinary('kindcheck', toStderr);

test('kind-config.yaml is accepted by the loader of kind', async () => {
  await run([kindcheck, kindConfig, 'london']);
});

test('kindcheck refuses what kind would refuse', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'kind-'));
  t.after(() => rm(dir, { recursive: true }));
  const good = await readFile(kindConfig, 'utf8');
  const bad = {
    'field nods not found': good.replace('nodes:', 'nods:'),
    '"boss" is not a valid node role': good.replace('role: control-plane', 'role: boss'),
    'invalid CIDR address: 10.10.0.0/99': good.replace('10.10.0.0/16', '10.10.0.0/99'),
  };
  for (const [why, text] of Object.entries(bad)) {
    const path = join(dir, 'config.yaml');
    await writeFile(path, text);
    const isRefusal = (error: unknown) => error instanceof CommandFailed && error.stderr.includes(why);
    await assert.rejects(run([kindcheck, path, 'london']), isRefusal, why);
  }
});
