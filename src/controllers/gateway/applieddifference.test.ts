import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anApplied, aReport } from '../../../test/gen/gen.js';
import type { Applied, LinkReport } from '../../protocol/applied.js';
import { appliedDifference, type EgressGatewaysChange } from './applieddifference.js';

const route = (serviceId: string, link = 'paris') => ({ link, serviceId });

describe('appliedDifference()', () => {
  const report = aReport();
  const routes = (...entries: [number, string][]) =>
    anApplied({ routes: new Map(entries.map(([port, serviceId]) => [port, route(serviceId)])) });
  const links = (...entries: [string, ReturnType<typeof aReport>][]) =>
    anApplied({ links: new Map(entries) });
  /** Ports 1 to 4 lead to services `a` to `d` of paris, and port 5 to one of lyon. */
  const exporting = (ids: readonly string[], more: Partial<LinkReport> = {}) =>
    anApplied({
      routes: new Map([
        ...['a', 'b', 'c', 'd'].map((id, at) => [at + 1, route(id)] as const),
        [5, route('a', 'lyon')],
      ]),
      links: new Map([
        ['paris', aReport(ids, more)],
        ['lyon', aReport(['a'])],
      ]),
    });
  const membership: EgressGatewaysChange[] = [{ kind: 'membership' }];

  const cases: Record<
    string,
    { before: Applied | undefined; after: Applied | undefined; is: EgressGatewaysChange[] }
  > = {
    'is nothing between the same': { before: anApplied(), after: anApplied(), is: [] },
    'is nothing between silence and silence': { before: undefined, after: undefined, is: [] },
    'is everything when contact is won': { before: undefined, after: anApplied(), is: membership },
    'is everything when contact is lost': { before: anApplied(), after: undefined, is: membership },
    'is everything when it begins to drain': {
      before: anApplied(),
      after: anApplied({ draining: true }),
      is: membership,
    },
    'names ports that came, went or lead elsewhere': {
      before: routes([1, 'a'], [2, 'b'], [3, 'c']),
      after: routes([1, 'a'], [2, 'x'], [4, 'd']),
      is: [{ kind: 'routes', ports: [3, 2, 4] }],
    },
    'names a port that leads over another link': {
      before: anApplied({ routes: new Map([[1, route('a')]]) }),
      after: anApplied({ routes: new Map([[1, route('a', 'lyon')]]) }),
      is: [{ kind: 'routes', ports: [1] }],
    },
    'names links that are seen differently': {
      before: links(['paris', report], ['lyon', report]),
      after: links(['paris', report], ['lyon', aReport([], { healthy: false })]),
      is: [{ kind: 'links', links: ['lyon'] }],
    },
    'names links that answer faster, apart from all else': {
      before: links(['paris', report], ['lyon', aReport([], { answersIn: 10 })]),
      after: links(['paris', report], ['lyon', aReport([], { answersIn: 40 })]),
      is: [{ kind: 'distances', links: ['lyon'] }],
    },
    'names a link once that is seen differently and answers no more': {
      before: links(['lyon', aReport([], { answersIn: 10 })]),
      after: links(['lyon', aReport([], { healthy: false })]),
      is: [{ kind: 'links', links: ['lyon'] }],
    },
    'is nothing when a link is told again': {
      before: links(['paris', report]),
      after: links(['paris', aReport()]),
      is: [],
    },
    'names ports whose service a peer begins or ceases to export, and no port of another link': {
      before: exporting(['a', 'b', 'c']),
      after: exporting(['b', 'd', 'e']),
      is: [{ kind: 'exports', ports: [1, 3, 4] }],
    },
    'is nothing when a peer begins to export what nothing leads to': {
      before: exporting(['a']),
      after: exporting(['a', 'x']),
      is: [],
    },
    'names a link whose peer exports something else and is seen differently, too': {
      before: exporting(['a']),
      after: exporting(['b'], { answering: [] }),
      is: [{ kind: 'links', links: ['paris'] }],
    },
    'names a link of whose peer the first report has come': {
      before: anApplied({ links: new Map([['paris', { healthy: true, answering: [] }]]) }),
      after: anApplied({ links: new Map([['paris', { healthy: true, answering: [], peer: report.peer! }]]) }),
      is: [{ kind: 'links', links: ['paris'] }],
    },
    'names both when both differ': {
      before: anApplied(),
      after: anApplied({ routes: new Map([[1, route('a')]]), links: new Map([['paris', report]]) }),
      is: [
        { kind: 'routes', ports: [1] },
        { kind: 'links', links: ['paris'] },
      ],
    },
  };
  for (const [sentence, { before, after, is }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(appliedDifference(before, after), is));
  }
});
