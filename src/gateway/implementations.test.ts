import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementationNames, implementationOf, implementations } from './implementations.js';

test('an implementation is found by its name', async () => {
  await implementationOf('node').make({}).check();
});

for (const name of ['', 'envoy', 'toString', '__proto__']) {
  test(`an unknown name is refused with a list of the known ones: ${JSON.stringify(name)}`, () => {
    assert.throws(() => implementationOf(name), /use haproxy or node/);
  });
}

test('no two implementations have a flag of the same name', () => {
  const flags = implementationNames.flatMap((name) => Object.keys(implementations[name].flags));
  assert.equal(new Set(flags).size, flags.length);
});

test('the README says which there are to choose from', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const row = readme.split('\n').find((line) => line.startsWith('| `GATEWAY_IMPLEMENTATION`')) ?? '';
  for (const name of implementationNames) assert.ok(row.includes(`\`${name}\``), `README: ${name}`);
});

const refused: Record<string, readonly [flags: Record<string, string>, says: RegExp]> = {
  'a HAProxy beside the gateway, but not where': [{ haproxy: 'beside' }, /--haproxy-directory/],
};

for (const [what, [flags, says]] of Object.entries(refused))
  test(`flags of HAProxy that cannot be as they are: ${what}`, () => {
    assert.throws(() => implementations.haproxy.make(flags), says);
  });
