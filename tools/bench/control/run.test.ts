import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarioNames } from './options.js';
import { chosenOf } from './run.js';
import { scenarios } from './scenarios/all.js';

test('every scenario but the import has something to run, in the order of the options', () =>
  assert.deepEqual(['import', ...Object.keys(scenarios)], scenarioNames));

test('chosenOf() imports for what continues an import, and not for the rest', () => {
  const { blackout, replace } = scenarios;
  const chosen = chosenOf({ only: ['blackout', 'replace'] }, 'bare');
  assert.deepEqual(chosen, {
    imports: true,
    continued: 'continues' in blackout ? [blackout.continues] : [],
    separate: 'alone' in replace ? [replace.alone] : [],
  });
  assert.equal(chosenOf({ only: ['replace'] }, 'bare').imports, false);
  assert.equal(chosenOf({ only: ['import'] }, 'bare').imports, true);
});

test('chosenOf() leaves out what only the operator can do', () => {
  const only = ['memory', 'links'] as const;
  assert.deepEqual(chosenOf({ only }, 'bare'), { imports: false, continued: [], separate: [] });
  assert.equal(chosenOf({ only }, 'ours').continued.length, 1);
});
