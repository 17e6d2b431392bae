import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openFilesIn, withinOpenFiles } from './openfiles.js';
import { planOf } from './options.js';

describe('openFilesIn()', () => {
  const limits = (hard: string) => `Limit                     Soft Limit           Hard Limit           Units
Max processes             96000                96000                processes
Max open files            1024                 ${hard}               files
`;
  it('is the hard limit', () => assert.equal(openFilesIn(limits('20000')), 20_000));
  it('may be none', () => assert.equal(openFilesIn(limits('unlimited')), Infinity));
  it('must be there', () => assert.throws(() => openFilesIn(''), /Max open files/));
});

describe('withinOpenFiles()', () => {
  const cases = {
    'leaves a plan as it is when there are files enough': { args: [], most: 30_000, idle: 1_000 },
    'holds fewer idle connections where there are not': { args: [], most: 20_000, idle: 400 },
    'leaves a plan that holds few': { args: ['--smoke'], most: 1_000, idle: 20 },
  };
  for (const [what, { args, most, idle }] of Object.entries(cases))
    it(what, () => {
      const { plan, why } = withinOpenFiles(planOf(args), most);
      assert.equal(plan.idle, idle);
      assert.equal(why !== undefined, idle === 400);
    });
});
