import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { ending, read } from '../../../test/conformance/client.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import { aHub, edgeLink, edgeOwn, startEdge, startHub } from '../../../test/gen/dialling.js';

test('when the Link at the edge is gone, all of it ends as well', async () => {
  await using own = await startTarget(echo);
  await using london = await startHub();
  using paris = startEdge(own.port);
  paris.update([aHub([london.at])], edgeOwn);
  await eventually(() => assert.equal(london.members(edgeLink), 1));
  const client = london.call();
  client.write('hello');
  await read(client, 5);
  const ended = ending(client);
  paris.update([], edgeOwn);
  assert.notEqual(await ended, 'closed');
  await eventually(() => assert.equal(london.members(edgeLink), 0));
});
