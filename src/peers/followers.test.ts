import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aReport } from '../../test/gen/gen.js';
import type { LinkReport } from '../protocol/applied.js';
import { following, type FollowerFacts } from './followers.js';

const old = 'a'.repeat(64);
const wanted = 'b'.repeat(64);
const accepts = (...caFingerprints: string[]): LinkReport => {
  const report = aReport();
  return { ...report, peer: { ...report.peer!, caFingerprints } };
};
const unreached = { ...accepts(old), healthy: false };

const cases: Record<string, [Partial<FollowerFacts>, RegExp | 'followed']> = {
  'a called peer that accepts it has followed': [{ reports: [accepts(old, wanted)] }, 'followed'],
  'a called peer that does not accept it is waited for': [{ reports: [accepts(old)] }, /does not accept/],
  'one egress gateway that hears no is enough to wait': [
    { reports: [accepts(old, wanted), accepts(old)] },
    /does not accept/,
  ],
  'what an egress gateway heard before it lost the peer does not count': [
    { reports: [accepts(old, wanted), unreached] },
    'followed',
  ],
  'a called peer that nobody reaches is waited for': [{ reports: [unreached] }, /reaches.*--force/],
  'a called peer of which nothing is known is waited for': [{ reports: [] }, /not known/],
  'a peer that is called and calls must do both': [
    { reports: [accepts(wanted)], heard: [[old]] },
    /that call here do not trust/,
  ],
  'a peer that only calls has followed when all say so': [
    { calls: false, heard: [[old, wanted], [wanted]] },
    'followed',
  ],
  'one ingress gateway that hears no is enough to wait': [
    { calls: false, heard: [[old, wanted], [old]] },
    /that call here do not trust/,
  ],
  'a peer of an older version says nothing, and is waited for': [{ calls: false, heard: [[]] }, /not trust/],
  'a peer that only calls and has not been heard is waited for': [{ calls: false }, /has not called lately/],
  'a peer that only calls cannot be heard while nobody may listen, and that is said': [
    { calls: false, deaf: 'the ConfigMap is not ours' },
    /only calls.*the ConfigMap is not ours/,
  ],
  'a peer that is called says enough while nobody may listen': [
    { reports: [accepts(old, wanted)], deaf: 'the ConfigMap is not ours' },
    'followed',
  ],
};

describe('following()', () => {
  for (const [title, [facts, said]] of Object.entries(cases))
    it(title, () => {
      const result = following({ cluster: 'paris', calls: true, reports: [], heard: [], ...facts }, wanted);
      if (said === 'followed') return assert.deepEqual(result, { kind: 'followed' });
      assert.ok(result.kind === 'waiting');
      assert.match(result.message, said);
      assert.match(result.message, /cluster "paris"/);
    });
});
