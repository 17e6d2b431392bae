import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ending } from '../../../test/conformance/client.js';
import { startHub } from '../../../test/gen/dialling.js';

test('while nobody has dialled in, a client is reset at once', async () => {
  await using london = await startHub();
  const client = london.call();
  assert.equal(await ending(client), 'ECONNRESET');
});
