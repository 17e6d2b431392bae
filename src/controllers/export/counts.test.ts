import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportProblem, ServiceExport } from '../../exports/exports.js';
import type { Exported } from '../../exports/merge.js';
import { ImmutableMap } from '../../runtime/immutable.js';
import { createCounts } from './counts.js';

const anExport = (service: string, port: number, ...allow: string[]): ServiceExport => ({
  ...{ service, port, serviceId: `s-${service}-${port}`, target: { host: '10.96.0.1', port } },
  ...{ protocol: { kind: 'tcp' }, allow: new Set(allow) },
});
const aProblem = (service: string, ...links: string[]): ExportProblem => ({
  ...{ service, reason: 'UnsupportedService', message: 'not exported', links: new Set(links) },
});

interface Case {
  readonly exports?: readonly ServiceExport[];
  readonly problems?: readonly ExportProblem[];
  /** What the column of Link `london` says. */
  readonly shows: string;
}

const exportedOf = ({
  exports = [],
  problems = [],
}: Partial<Case>): Pick<Exported, 'exports' | 'problems'> => ({
  exports: ImmutableMap.of(exports.map((one) => [one.serviceId, one])),
  problems: ImmutableMap.of(Map.groupBy(problems, ({ service }) => service)),
});

const cases: Readonly<Record<string, Case>> = {
  'a Link that selects nothing exports 0 of 0': { shows: '0/0' },
  'a Service counts once, however many ports it has': {
    exports: [anExport('a', 80, 'london'), anExport('a', 443, 'london'), anExport('b', 80, 'london')],
    shows: '2/2',
  },
  'a Service of another Link does not count': { exports: [anExport('a', 80, 'rome')], shows: '0/0' },
  'a Service that cannot be served counts among those that are selected': {
    exports: [anExport('a', 80, 'london')],
    problems: [aProblem('b', 'london'), aProblem('b', 'london'), aProblem('c', 'rome')],
    shows: '1/2',
  },
  'a Service of which one port is not served is exported': {
    exports: [anExport('a', 80, 'london')],
    problems: [aProblem('a', 'london')],
    shows: '1/1',
  },
  'a Service that is exported to another Link alone is not exported to this one': {
    exports: [anExport('a', 80, 'rome')],
    problems: [aProblem('a', 'london')],
    shows: '0/1',
  },
};

describe('createCounts()', () => {
  for (const [title, given] of Object.entries(cases))
    it(title, () => assert.equal(createCounts()(exportedOf(given))('london').display, given.shows));

  it('tells the two numbers apart', () => {
    const count = createCounts()(
      exportedOf(cases['a Service that cannot be served counts among those that are selected']!),
    );
    assert.deepEqual(count('london'), { services: 1, refused: 1, display: '1/2' });
  });

  for (const [first, before] of Object.entries(cases))
    for (const [then, now] of Object.entries(cases))
      it(`says the same whatever it counted before: ${first}; then: ${then}`, () => {
        const counts = createCounts();
        counts(exportedOf(before));
        assert.equal(counts(exportedOf(now))('london').display, now.shows);
      });
});
