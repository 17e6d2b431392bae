import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import {
  aHub,
  anEdge,
  edge,
  edgeLink,
  edgeOwn,
  hubLink,
  keptLog,
  startEdge,
  startHub,
  stranger,
} from '../../../test/gen/dialling.js';
import { leavesOf } from '../../../test/gen/pki.js';

test('the edge serves nobody but the hub', async () => {
  await using own = await startTarget(echo);
  await using liar = await startHub();
  await liar.update([anEdge()], stranger.egress);
  const log = keptLog();
  using paris = startEdge(own.port, { log });
  paris.update([aHub([liar.at])], edgeOwn);
  await eventually(() => assert.match(log.lines.join('\n'), /cannot be reached: its certificate is refused/));
  assert.equal(paris.pods(hubLink), 0);
  assert.equal(own.accepted.length, 0);
});

test('a new certificate of either side is shown from the next connection on', async () => {
  await using own = await startTarget(echo);
  await using london = await startHub();
  using paris = startEdge(own.port);
  const { ingress } = await leavesOf('edge', edge.authority);
  paris.update([aHub([london.at])], { cluster: 'edge', identity: ingress });
  await eventually(() => assert.equal(london.members(edgeLink), 1));
});
