import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readFailures } from './failures.js';

type Row = Readonly<Record<string, string | number>>;

/** Rows as `show stat` prints them: many columns, and a comma at each end. */
function stat(rows: readonly Row[]): string {
  const columns = ['pxname', 'svname', 'scur', 'stot', 'econ', '-', 'ssl_failed_handshake'];
  const lines = rows.map((row) => columns.map((name) => row[name] ?? '').join(','));
  return [`# ${columns.join(',')},`, ...lines.map((line) => `${line},`), '', ''].join('\n');
}

suite('readFailures()', () => {
  const cases: Record<string, { rows: readonly Row[]; is: Record<string, number> }> = {
    'counts handshakes that failed where peers come in': {
      rows: [{ pxname: 'ingress', svname: 'FRONTEND', stot: 9, ssl_failed_handshake: 4 }],
      is: { 'Handshake|': 4 },
    },
    'counts peers that could not be connected, by link': {
      rows: [
        { pxname: 'to-paris', svname: 's0', stot: 7, econ: 7 },
        { pxname: 'to-paris', svname: 'BACKEND', stot: 7, econ: 2 },
        { pxname: 'to-rome', svname: 'BACKEND', stot: 7, econ: 1 },
        { pxname: 'pool-rome', svname: 'BACKEND', stot: 7, econ: 3 },
      ],
      is: { 'PeerUnreachable|paris': 2, 'PeerUnreachable|rome': 4 },
    },
    'counts what went nowhere instead': {
      rows: [
        { pxname: 'exported', svname: 'nowhere', stot: 3 },
        { pxname: 'exported', svname: 'BACKEND', stot: 5, econ: 1 },
        { pxname: 'nowhere', svname: 'FRONTEND', stot: 3 },
      ],
      is: { 'TargetUnreachable|': 4 },
    },
    'counts targets of HTTP exports that could not be connected, whichever version was spoken': {
      rows: [
        { pxname: 'requests', svname: 'FRONTEND', stot: 9 },
        { pxname: 'requests', svname: 'target', stot: 3, econ: 2 },
        { pxname: 'requests', svname: 'BACKEND', stot: 3, econ: 2 },
        { pxname: 'requests-h2', svname: 'BACKEND', stot: 6, econ: 3 },
      ],
      is: { 'TargetUnreachable|': 5 },
    },
    'says nothing of what did not fail': {
      rows: [
        { pxname: 'ingress', svname: 'FRONTEND', stot: 9, ssl_failed_handshake: 0 },
        { pxname: 'egress', svname: 'FRONTEND', stot: 9, ssl_failed_handshake: 1 },
        { pxname: 'channel', svname: 'BACKEND', stot: 9, econ: 1 },
      ],
      is: {},
    },
  };
  for (const [sentence, { rows, is }] of Object.entries(cases)) {
    test(sentence, () => assert.deepEqual(Object.fromEntries(readFailures(stat(rows))), is));
  }

  test('makes do with an answer that holds nothing', () => assert.equal(readFailures('').size, 0));
});
