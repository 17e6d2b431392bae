import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, it } from 'node:test';

/** The tree is read where it stands: the tests run from `build/test`. */
const root = join(import.meta.dirname, '../..');
const filesIn = (...patterns: string[]) => globSync(patterns, { cwd: root }).map(normalize).toSorted();
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const tests = filesIn('{src,test,tools,examples,demo}/**/*.test.ts');

describe('tests', () => {
  it('are all run', () => {
    const title = `(?:'[^'\\n]*'|"[^"\\n]*"|\`[^\`]*\`)`;
    const passedOver = new RegExp(
      `\\.(?:only|skip|todo)\\(|\\b(?:it|test|describe|suite)\\(\\s*${title},\\s*\\{[^}]*\\b(?:only|skip|todo)\\b`,
    );
    assert.deepEqual(
      tests.filter((file) => passedOver.test(read(file))),
      [],
    );
    assert.ok(tests.length > 50, 'the tests were not found');
  });
});

describe('the tree', () => {
  it('names no place of the machine on which it was written', () => {
    const texts = filesIn(
      '*.{ts,js,md,yaml,json}',
      'Makefile',
      'Dockerfile',
      '.ci/*',
      '{src,test,tools,crds,manifests,docs,examples,demo}/**/*.{ts,js,go,md,yaml,json,sh,conf}',
    );
    const place = new RegExp(`(^|[\\s"'\`=:(])/(${['work', 'root', 'farm', 'home'].join('|')})/`, 'm');
    const wrong = texts.filter((file) => place.test(read(file)));
    assert.deepEqual(wrong, []);
  });
});
