import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { suite, test } from 'node:test';
import { ensureBinary } from '../../../tools/clusters/binaries.js';
import { toStderr } from '../../../tools/clusters/progress.js';
import { testSealed } from '../../driver/stories.js';
import { filesOfFleet } from './tree.js';

suite('a fleet of three clusters from Git', () => {
  testSealed(
    new URL('./main.js', import.meta.url),
    { anyOrder: 'comes together in any order, with pauses, and kstatus says when' },
    {
      argument: async () => ({
        kstatus: await ensureBinary('kstatus', toStderr),
        seed: randomInt(2 ** 32 - 1),
      }),
    },
  );

  test('no file of it holds a key, a token or a kubeconfig', async () => {
    for (const [path, text] of await filesOfFleet())
      assert.ok(!/-----BEGIN [A-Z ]*PRIVATE KEY|kubeconfig|\btoken:/.test(text), path);
  });
});
