import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPeer } from '../../test/conformance/gatewaypair.js';
import { fakeClock } from '../../test/gen/clock.js';
import type { Peer } from '../protocol/peer.js';
import { createPeerReading } from './readpeers.js';

const [a, b] = ['a', 'b'].map((name) => aPeer(name, name, { cert: '', key: '', ca: name })) as [Peer, Peer];

test('peers are read again when one has come, gone or changed, and not before', () => {
  let times = 0;
  const reading = createPeerReading(
    fakeClock(),
    (peers) => `${++times}: ${peers.map(({ link }) => link).join()}`,
  );
  assert.equal(reading([a, b]), '1: a,b');
  assert.equal(reading([a, b]), '1: a,b');
  assert.equal(reading([a]), '2: a');
  assert.equal(reading([a, b]), '3: a,b');
  assert.equal(reading([a, { ...b, caBundle: 'other' }]), '4: a,b');
});

test('peers are read again after a minute, by the time of then', async () => {
  const clock = fakeClock();
  const reading = createPeerReading(clock, (_, now) => now.getTime());
  const [first, start] = [reading([a]), clock.now()];
  await clock.advance(59_999);
  assert.equal(reading([a]), first);
  await clock.advance(1);
  assert.equal(reading([a]), start + 60_000);
});
