import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import { fakeClock } from '../../../test/gen/clock.js';
import {
  aHub,
  anEdge,
  edge,
  edgeLink,
  edgeOwn,
  hub,
  keptLog,
  startEdge,
  startHub,
  stranger,
} from '../../../test/gen/dialling.js';
import { systemClock } from '../../runtime/clock.js';

test('nobody but the edge is admitted: not a stranger who takes its name, and not who does not know the hub', async () => {
  await using own = await startTarget(echo);
  await using london = await startHub();
  const liars = {
    'a certificate of another CA': { cluster: 'edge', identity: stranger.ingress },
    'the name of another cluster': { cluster: 'stranger', identity: stranger.ingress },
    "the edge's operator": { cluster: 'edge', identity: edge.operator },
  };
  for (const [what, liar] of Object.entries(liars)) {
    const log = keptLog();
    using paris = startEdge(own.port, { log });
    paris.update([aHub([london.at])], liar);
    await eventually(() => assert.match(log.lines.join('\n'), /cannot be reached/));
    assert.equal(london.members(edgeLink), 0, what);
  }
});

test('a CA that the hub trusts no more ends what was proved by it; one beside it does not', async () => {
  await using own = await startTarget(echo);
  await using london = await startHub();
  using paris = startEdge(own.port);
  paris.update([aHub([london.at])], edgeOwn);
  await eventually(() => assert.equal(london.members(edgeLink), 1));
  const both = { ...edge.authority, ca: edge.authority.ca + stranger.authority.ca };
  await london.update([anEdge(both)], hub.egress);
  assert.equal(london.members(edgeLink), 1);
  await london.update([anEdge(stranger.authority)], hub.egress);
  await eventually(() => assert.equal(london.members(edgeLink), 0));
});

for (const who of ['hub', 'edge'] as const) {
  test(`a control connection ends when the certificate of the other side has expired: seen by the ${who}`, async () => {
    const fake = fakeClock();
    const started = Date.now();
    let ahead = 0;
    const now = () => started + ahead;
    const log = keptLog();
    // the hub sends the pings at which both look
    const inTime = { ...fake, now: () => started };
    await using london = await startHub(who === 'hub' ? { clock: { ...fake, now }, log } : { clock: inTime });
    using paris = startEdge(1, who === 'edge' ? { clock: { ...systemClock, now }, log } : {});
    paris.update([aHub([london.at])], edgeOwn);
    await eventually(() => assert.equal(london.members(edgeLink), 1));
    await fake.advance(5_000);
    assert.equal(london.members(edgeLink), 1);
    ahead = 365 * 24 * 3600_000;
    await fake.advance(5_000);
    await eventually(() => assert.match(log.lines.join('\n'), /is gone: its certificate is not/));
  });
}
