import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const withoutFiles = `
  import { openSync } from 'node:fs';
  const { startMaster } = await import(process.argv[1]);
  try { for (;;) openSync('/dev/null'); } catch {}
  const started = startMaster(['true'], { config: '', master: '' }, { debug() {} });
  await started.ended;
  console.log(started.output());
`;

test('startMaster() survives that no file descriptor is left, and says so', () => {
  const node = [process.execPath, '--input-type=module', '--eval', withoutFiles];
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...node, new URL('./spawn.js', import.meta.url).href],
    { encoding: 'utf8' },
  );
  assert.match(stdout, /EMFILE/, stderr);
});
