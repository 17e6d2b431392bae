import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { run } from '../clusters/exec.js';

test('every path of the benchmark carries requests, and nothing of it is left', async () => {
  const main = fileURLToPath(new URL('main.js', import.meta.url));
  const printed = await run([process.execPath, main, '--smoke']);
  assert.match(printed, /direct .*two plain hops .*HAProxy mTLS .*Node mTLS .*nginx mTLS/);
  assert.doesNotMatch(printed, /NaN/);
  assert.deepEqual(
    commands().filter((command) => /\/run\/bench|tools-[0-9a-f]+\/load/.test(command)),
    [],
  );
});

/** Of all processes of the machine. */
function commands(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
}
