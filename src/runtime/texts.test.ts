import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTexts } from './texts.js';

test('createTexts() leaves every value as it was', () => {
  const text = JSON.stringify({
    metadata: { name: 'hello', uid: '6b4e1f0e-3b6a-4d8e-9a57-1d2f3a4b5c6d', generation: 1 },
    list: ['the endpoint slices are written', null, true, { deep: 'the endpoint slices are written' }],
    long: 'x'.repeat(300),
  });
  const share = createTexts();
  for (let read = 0; read < 2; read++) assert.equal(JSON.stringify(share(JSON.parse(text))), text);
});

test('createTexts() leaves alone what is frozen', () => {
  const share = createTexts();
  const frozen = Object.freeze({ manager: 'service-mirror' });
  assert.equal(share({ entry: frozen }).entry, frozen);
});

test('createTexts() goes on when the table is full', () => {
  const share = createTexts(2);
  const texts = ['the first of three texts', 'the second of three texts', 'the third of three texts'];
  assert.deepEqual(share([...texts]), texts);
  assert.deepEqual(share([...texts]), texts);
});
