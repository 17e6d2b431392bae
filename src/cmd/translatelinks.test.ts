import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkerd } from '../../test/gen/linkerd.js';
import { runTranslateLinks } from './translatelinks.js';

async function run(...input: (string | Uint8Array)[]) {
  const written = { out: '', err: '' };
  let taken = 0;
  const code = await runTranslateLinks({
    stdin: (async function* () {
      for (const chunk of input) {
        taken += 1;
        yield await Promise.resolve(chunk);
      }
    })(),
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
  });
  return { code, taken, ...written };
}

test('runTranslateLinks() writes our Link, out of pieces that cut a character', async () => {
  const text = Buffer.from(`# café\n${JSON.stringify(linkerd())}`);
  const { code, out, err } = await run(text.subarray(0, 6), text.subarray(6));
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^# spec.clusterCredentialsSecret: .*\napiVersion: linkerd.io\/v1alpha1\nkind: Link\n/);
});

test('runTranslateLinks() writes the problems and no Link', async () => {
  const { code, out, err } = await run(JSON.stringify(linkerd({ gatewayPort: 'x' })));
  assert.deepEqual([code, out], [1, '']);
  assert.equal(err, 'spec.gatewayPort: write a whole number from 1 to 65535\n');
});

test('runTranslateLinks() reads no text without end', async () => {
  const { code, err, taken } = await run(...Array<Uint8Array>(100).fill(Buffer.alloc(1_048_576, '#')));
  assert.equal(code, 1);
  assert.match(err, /longer than/);
  assert.equal(taken, 5);
});
