import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { readAll, visit } from '../../../test/conformance/client.js';
import { freePort } from '../../../test/conformance/ports.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import { aHub, edgeLink, edgeOwn, hubLink, startEdge, startHub } from '../../../test/gen/dialling.js';

test('the hub that restarts is dialled again', async () => {
  await using own = await startTarget(echo);
  const port = await freePort();
  using paris = startEdge(own.port);
  paris.update([aHub([port])], edgeOwn);
  assert.notEqual(await visit(port), 'end');
  for (const pod of ['hub-0', 'hub-1']) {
    await using london = await startHub({ port, pod });
    await eventually(() => assert.equal(london.members(edgeLink), 1));
    const client = london.call();
    client.end('hello');
    assert.equal((await readAll(client)).toString(), 'hello');
    london.close();
    await eventually(() => assert.equal(paris.pods(hubLink), 0));
  }
});
