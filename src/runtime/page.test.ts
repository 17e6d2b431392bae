import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { configMaps } from '../api/resources.js';
import { TooLargeError } from './errors.js';
import { localLimits } from './limits.js';
import { budgetOf, pageReader, type ListBudget } from './page.js';

async function read(body: object, budget: ListBudget) {
  const reader = pageReader(configMaps, {
    ...{ what: 'LIST /x', budget, limits: localLimits, clock: fakeClock(), pace: undefined },
    transform: (object) => ({ ...object, data: { seen: 'yes' } }),
  });
  const text = Buffer.from(JSON.stringify(body));
  return reader(
    (async function* () {
      yield text.subarray(0, 10);
      yield text.subarray(10);
    })(),
  );
}

const items = ['a', 'b'].map((name) => ({ metadata: { name } }));

test('a page has whole objects, its version and the token of the next one', async () => {
  const page = await read(
    { metadata: { resourceVersion: '7', continue: 'next' }, items },
    budgetOf(localLimits),
  );
  assert.deepEqual([page.resourceVersion, page.continue], ['7', 'next']);
  assert.deepEqual(
    page.items.map(({ apiVersion, kind, metadata, data }) => [apiVersion, kind, metadata.name, data]),
    ['a', 'b'].map((name) => ['v1', 'ConfigMap', name, { seen: 'yes' }]),
  );
});

test('the last page has no token', async () => {
  const page = await read({ metadata: { resourceVersion: '7', continue: '' }, items }, budgetOf(localLimits));
  assert.equal('continue' in page, false);
});

test('pages use up a budget, and more than that is too large', async () => {
  const budget = { bytes: 10_000, objects: 3 };
  const body = { metadata: { resourceVersion: '7' }, items };
  await read(body, budget);
  assert.deepEqual(budget, { bytes: 10_000 - JSON.stringify(body).length, objects: 1 });
  await assert.rejects(read(body, budget), TooLargeError);
});
