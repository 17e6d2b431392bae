import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aService,
  aView,
  anInput,
  headless,
  over,
  ownedBy,
  port,
  serviceSpec,
} from '../../test/gen/gen.js';
import { transports } from '../transport/transports.js';
import type { Family } from '../endpoints/family.js';
import { decideService } from './service.js';
import { sourceOf } from './source.js';

type Changes = Parameters<typeof aService>[1][];

const own = (...changes: Changes) => aService('hello', port(80), ownedBy(aMirror()), ...changes);

function decide(remote: Changes, local: ReturnType<typeof own> | undefined, families: Family[] | undefined) {
  const service = aService('hello', ...remote);
  const view = aView({
    link: aLink('paris', over('flat')),
    local,
    remote: { synced: true, service, slices: [] },
  });
  const { limits } = transports.flat;
  return decideService(anInput({ view, source: sourceOf(view, limits), limits, families }));
}

describe('decideService() and the families of endpoints', () => {
  const four = serviceSpec({ ipFamilies: ['IPv4'], clusterIPs: ['10.96.0.10'] });
  const both = serviceSpec({ ipFamilies: ['IPv4', 'IPv6'], clusterIPs: ['10.96.0.10', 'fd00::10'] });
  const six = serviceSpec({ ipFamilies: ['IPv6'], clusterIP: 'fd00::10', clusterIPs: ['fd00::10'] });
  const single = (family: Family) => ({ ipFamilyPolicy: 'SingleStack', ipFamilies: [family] });
  const cases: Record<
    string,
    { families?: Family[]; local?: ReturnType<typeof own>; remote?: Changes; is: object | 'replace' }
  > = {
    'asks for the one that they have': { families: ['IPv6'], is: single('IPv6') },
    'asks for both, as far as they are to be had': {
      families: ['IPv6', 'IPv4'],
      is: { ipFamilyPolicy: 'PreferDualStack' },
    },
    'asks for nothing while they are not known': { is: {} },
    'asks for nothing where there are none': { families: [], is: {} },
    'adds the other one to a Service': {
      families: ['IPv4', 'IPv6'],
      local: own(four),
      is: { ipFamilyPolicy: 'PreferDualStack' },
    },
    'takes the other one from a Service': { families: ['IPv4'], local: own(both), is: single('IPv4') },
    'makes a Service anew whose first one is another': {
      families: ['IPv6'],
      local: own(both),
      is: 'replace',
    },
    'makes a Service anew when its service comes back in the other one': {
      families: ['IPv4'],
      local: own(six),
      is: 'replace',
    },
    'makes none anew that has both, in whatever order': {
      families: ['IPv6', 'IPv4'],
      local: own(both),
      is: { ipFamilyPolicy: 'PreferDualStack' },
    },
    'makes none anew that has no address': {
      families: ['IPv6'],
      local: own(serviceSpec({ type: 'ExternalName', clusterIP: '' })),
      is: single('IPv6'),
    },
    'leaves a headless Service as it is': {
      families: ['IPv6'],
      local: own(headless, four),
      remote: [headless, port(80)],
      is: {},
    },
  };
  for (const [sentence, { families, local, remote = [port(80)], is }] of Object.entries(cases)) {
    it(sentence, () => {
      const decision = decide(remote, local, families);
      if (decision.kind !== 'write') return assert.equal(decision.kind, is);
      const { ipFamilies, ipFamilyPolicy } = decision.service.spec;
      const said = Object.entries({ ipFamilyPolicy, ipFamilies }).filter(([, value]) => value !== undefined);
      assert.deepEqual(Object.fromEntries(said), is);
    });
  }
});
