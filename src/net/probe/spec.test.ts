import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, spec } from '../../../test/gen/gen.js';
import type { Link } from '../../api/link.js';
import { probeSpec } from './spec.js';

describe('probeSpec()', () => {
  const cases: Record<string, { link: Link; is: ReturnType<typeof probeSpec> }> = {
    'has defaults': {
      link: aLink(),
      is: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
    },
    'takes what the Link says': {
      link: aLink(
        'paris',
        spec({
          gateway: {
            probe: {
              period: '500ms',
              timeout: '1m',
              failureThreshold: 5,
              successThreshold: 2,
              path: '/',
              port: 1,
            },
          },
        }),
      ),
      is: { period: 500, timeout: 60_000, failureThreshold: 5, successThreshold: 2 },
    },
  };
  for (const [sentence, { link, is }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(probeSpec(link), is));
  }
});
