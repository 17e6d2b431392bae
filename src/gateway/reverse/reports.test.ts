import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkReport } from '../../protocol/applied.js';
import { noneDialledIn } from '../../protocol/through.js';
import { withDialledIn } from './reports.js';

const healthy: LinkReport = { healthy: true, reason: 'Healthy', answering: ['127.0.0.1:40000'] };
const failed: LinkReport = { healthy: false, reason: 'ProbeFailed', message: 'reset', answering: [] };
const unprobed: LinkReport = { healthy: false, answering: [] };

test('a report tells how many gateways have dialled in, and why none answers while there are none', () => {
  const members: Record<string, number> = { here: 2, gone: 0, fresh: 0, failing: 1 };
  const reports = new Map([
    ['here', healthy],
    ['gone', failed],
    ['fresh', unprobed],
    ['failing', failed],
    ['dialled', failed],
  ]);
  assert.deepEqual(
    withDialledIn(reports, (link) => members[link]),
    new Map([
      ['here', { ...healthy, dialledIn: 2 }],
      ['gone', { ...failed, dialledIn: 0, message: noneDialledIn }],
      ['fresh', { ...unprobed, dialledIn: 0 }],
      ['failing', { ...failed, dialledIn: 1 }],
      ['dialled', failed],
    ]),
  );
});
