import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aService, aView, anEgressPod, port, someFacts } from '../../test/gen/gen.js';
import { sourceOf } from '../mirror/source.js';
import type { KnownSource } from '../mirror/view.js';
import { tunnel } from './gateway.js';

const of = (...pods: string[][]) => {
  const view = aView({ remote: { synced: true, service: aService('hello', port(80)), slices: [] } });
  const facts = someFacts(pods.map((addresses, index) => anEgressPod(`pod-${index}`, { addresses })));
  return tunnel.families({ view, link: aLink(), source: sourceOf(view) as KnownSource, facts });
};

describe('tunnel.families()', () => {
  it('are those of the egress pods together', () => {
    assert.deepEqual(of(['10.1.0.1']), ['IPv4']);
    assert.deepEqual(of(['fd00::1', '10.1.0.1'], ['10.1.0.2']), ['IPv4', 'IPv6']);
    assert.deepEqual(of(['10.1.0.1'], ['fd00::1']), ['IPv4', 'IPv6']);
  });

  it('are not known while there is no pod', () => assert.equal(of(), undefined));
});
