import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { services } from '../../../src/api/resources.js';
import { heldTexts } from '../../driver/heap.js';
import { annotated, aService } from '../../gen/gen.js';
import { comeAndGo } from './comeandgo.js';
import { startLondon, type London } from './london.js';

/** How many mirrors come and go. */
const many = 300;

/** Longer (ms) than anything is meant to be remembered: freed egress ports rest for ten minutes. */
const longAgo = 11 * 60_000;

const uid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

let london: London;
beforeEach(async () => {
  london = await startLondon();
  await london.start();
});
afterEach(async () => {
  await london.close();
});

/** Texts that objects share are kept up to a number (`createTexts`), and then forgotten all at once. */
async function fillSharedTexts(): Promise<void> {
  const texts = Array.from({ length: 17_000 }, (_, n): [string, string] => [`a/${n}`, `another text ${n}`]);
  london.api.put(services, aService('verbose', annotated(Object.fromEntries(texts))));
  await london.clock.advance(1_000);
  london.api.drop(services, 'default/verbose');
  await london.clock.advance(1_000);
}

test(`when ${many} mirrors and their Links are gone, the operator remembers nothing of them`, async (t) => {
  // in a buffer, which is no part of the heap that is searched
  const uids = Buffer.from((await comeAndGo(london, 'gone', many)).join(' '));
  const end = london.clock.monotonic() + longAgo;
  await london.until(() => london.clock.monotonic() >= end, 30_000);
  // what is forgotten when the next one comes, or shows what came last, is no leak
  await comeAndGo(london, 'last', 10);
  await fillSharedTexts();
  for (const api of [london.api, london.paris]) api.forget();
  london.begun.length = 0;

  const held = await heldTexts(() => {
    const gone = new Set(uids.toString().split(' '));
    t.diagnostic(`${gone.size} UIDs are gone`);
    return (text) => /gone-\d/.test(text) || (text.match(uid) ?? []).some((each) => gone.has(each));
  });
  assert.deepEqual(
    held.slice(0, 10).map(({ text, path }) => `${text.slice(0, 100)}: ${path}`),
    [],
    `${held.length} texts are still held`,
  );
});
