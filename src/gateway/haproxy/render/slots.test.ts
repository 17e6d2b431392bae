import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serverLines, serverStates, shapeOf, slotsFor } from './slots.js';

const at = (ip: string, good = true) => ({ ip, port: 4143, good });

describe('slotsFor()', () => {
  const cases: Record<string, { endpoints: number; before?: number; is: number }> = {
    'has one for none, which may come back': { endpoints: 0, is: 1 },
    'has one for one, alone': { endpoints: 1, is: 1 },
    'has some to spare for two': { endpoints: 2, is: 4 },
    'has four for four': { endpoints: 4, is: 4 },
    'doubles them when they are too few': { endpoints: 5, is: 8 },
    'never gives one back': { endpoints: 1, before: 8, is: 8 },
    'has at most 64': { endpoints: 1_000, is: 64 },
  };
  for (const [sentence, { endpoints, before, is }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(slotsFor(endpoints, before), is));
  }
});

describe('serverLines()', () => {
  it('writes endpoints of both families, and disables the servers to spare', () => {
    assert.deepEqual(serverLines([at('192.0.2.1'), at('2001:db8::1')], 3, 'ssl'), [
      '  server s0 ipv4@192.0.2.1:4143 ssl',
      '  server s1 ipv6@[2001:db8::1]:4143 ssl',
      '  server s2 ipv4@0.0.0.0:1 disabled ssl',
    ]);
  });
});

describe('serverStates()', () => {
  const states = (...endpoints: ReturnType<typeof at>[]) =>
    serverStates('b', endpoints, 3).map(([name, { ip, ready }]) => `${name} ${ip ?? '-'} ${ready}`);

  it('sends nobody to servers to spare, nor to endpoints that do not answer', () => {
    assert.deepEqual(states(at('192.0.2.1'), at('192.0.2.2', false)), [
      'b/s0 192.0.2.1 true',
      'b/s1 192.0.2.2 false',
      'b/s2 - false',
    ]);
  });

  it('tries all endpoints when none is known to answer', () => {
    assert.deepEqual(states(at('192.0.2.1', false), at('192.0.2.2', false)), [
      'b/s0 192.0.2.1 true',
      'b/s1 192.0.2.2 true',
      'b/s2 - false',
    ]);
  });
});

describe('shapeOf()', () => {
  const backend = (...lines: string[]) => ['backend to-a', ...lines, '  server nowhere unix@/x'].join('\n');

  it('is the same whatever addresses the servers have, and whether they have one', () => {
    const shapes = [[at('192.0.2.1')], [at('2001:db8::1'), at('192.0.2.1')], []].map((endpoints) =>
      shapeOf(backend(...serverLines(endpoints, 4, 'ssl'))),
    );
    assert.equal(new Set(shapes).size, 1);
  });

  it('is another one with more servers, other settings of a server, or a fixed server elsewhere', () => {
    const shape = shapeOf(backend(...serverLines([], 4, 'ssl')));
    assert.notEqual(shapeOf(backend(...serverLines([], 8, 'ssl'))), shape);
    assert.notEqual(shapeOf(backend(...serverLines([], 4, 'ssl verify none'))), shape);
    assert.notEqual(shapeOf(backend(...serverLines([], 4, 'ssl')).replace('/x', '/y')), shape);
  });
});
