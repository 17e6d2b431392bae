import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aBackend, aMirror, annotated, aService, aView, ownedBy, port } from '../../test/gen/gen.js';
import { transports } from '../transport/transports.js';
import { poolingRemark } from './pooling.js';

interface Case {
  /** What the annotation says; absent: there is none. */
  readonly asks?: string;
  readonly over?: keyof typeof transports;
  readonly says: RegExp | undefined;
}

const cases: Readonly<Record<string, Case>> = {
  'nothing of a mirror that does not ask': { says: undefined },
  'nothing of ports that the mirror has': { asks: '80', says: undefined },
  'that the value cannot be read': {
    asks: 'http',
    says: /^nothing is pooled: annotation linkerd\.io\/pooled-ports says "http"; write numbers/,
  },
  'that the mirror does not have such a port': {
    asks: '80,81',
    says: /^nothing is pooled: .* names port 81, which the mirror does not have; it has 80$/,
  },
  'that the transport has nothing to pool': {
    asks: '80',
    over: 'flat',
    says: /^nothing is pooled: transport flat has no egress gateway$/,
  },
  'the start of a value that is too long to say': { asks: 'x'.repeat(4_000), says: /says "x{64}";/ },
};

describe('poolingRemark() says', () => {
  for (const [title, { asks, over = 'gateway', says }] of Object.entries(cases))
    it(title, () => {
      const mirror = aMirror(
        'm',
        ...(asks === undefined ? [] : [annotated({ 'linkerd.io/pooled-ports': asks })]),
      );
      const service = aService('hello', port(80));
      const view = aView({
        mirror,
        local: aService('hello', port(80), ownedBy(mirror)),
        remote: { synced: true, service, slices: [] },
      });
      const { limits } = transports[over];
      const remark = poolingRemark(aBackend({ view, limits }));
      if (says === undefined) assert.equal(remark, undefined);
      else assert.match(remark ?? '', says);
    });
});
