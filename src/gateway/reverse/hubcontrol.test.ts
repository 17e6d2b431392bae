import assert from 'node:assert/strict';
import type { TLSSocket } from 'node:tls';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { connect } from '../../../test/conformance/client.js';
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
import { trustPeers } from '../../pki/verify.js';
import { encodeDial } from '../../protocol/dialcontrol.js';
import { encodePreface } from '../../protocol/dialpreface.js';
import { systemClock } from '../../runtime/clock.js';
import { serveControl } from './edgecontrol.js';

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

/** A control connection of the edge that says what it is told to. */
async function aControl(t: TestContext, { at }: { readonly at: number }): Promise<TLSSocket> {
  const below = await connect(at);
  t.after(() => below.destroy());
  below.allowHalfOpen = false;
  below.write(encodePreface({ kind: 'control', cluster: 'edge' }));
  const known = { link: 'to-hub', cluster: 'hub', caBundle: hub.authority.ca };
  const { trust, bundles } = trustPeers([known], new Date());
  const { socket } = await serveControl(below, {
    ...{ clock: systemClock, ...edgeOwn, trust, bundle: bundles.get('to-hub')!, timeout: 5_000 },
  });
  return socket.resume();
}
/** A clock that stands where certificates are valid. */
function certified() {
  const clock = fakeClock();
  clock.jump(Date.now() - clock.now());
  return clock;
}
const helloOf = (pod: string) => encodeDial({ hello: { version: 1, pod } });

test('who proves to be the edge, and says everything but hello, is gone in time', async (t) => {
  const clock = certified();
  await using london = await startHub({ clock });
  const mute = await aControl(t, london);
  const control = await aControl(t, london);
  control.write(helloOf('edge-0'));
  await eventually(() => assert.equal(london.members(edgeLink), 1));
  await clock.advance(4_999);
  for (const socket of [mute, control]) socket.write('{"later":1}\n');
  await clock.advance(1);
  await eventually(() => mute.destroyed);
  assert.equal(control.destroyed, false);
});

test('a peer has so many control connections and no more, whether or not they say hello', async (t) => {
  await using london = await startHub({ clock: certified() });
  const open = [];
  for (let count = 0; count < 64; count++) open.push(await aControl(t, london));
  const isRefused = async () => {
    const more = await aControl(t, london).catch(() => undefined);
    more?.write(helloOf('edge-0'));
    return eventually(() => more?.destroyed !== false || london.members(edgeLink) === 1).then(
      () => london.members(edgeLink) === 0,
    );
  };
  assert.equal(await isRefused(), true);
  assert.ok(open.every(({ destroyed }) => !destroyed));
  open[0]!.destroy();
  await eventually(async () => !(await isRefused()));
});

test('a peer that dials in without end is told of now and then, and not as often as it likes', async (t) => {
  const clock = certified();
  await using london = await startHub({ clock });
  const before = london.changes();
  for (let count = 0; count < 80; count++) {
    const control = await aControl(t, london);
    control.write(helloOf('edge-0'));
    await eventually(() => control.destroyed || london.members(edgeLink) === 1);
    control.destroy();
    await eventually(() => assert.equal(london.members(edgeLink), 0));
  }
  assert.equal(london.changes() - before, 2 * 64);
});
