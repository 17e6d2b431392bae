import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, it } from 'node:test';

/** The tree is read where it stands: the tests run from `build/test`. */
const root = join(import.meta.dirname, '../..');
const filesIn = (...patterns: string[]) => globSync(patterns, { cwd: root }).map(normalize).toSorted();
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const code = filesIn('src/**/*.ts').filter((file) => !file.endsWith('.d.ts'));
const sources = code.filter((file) => !file.endsWith('.test.ts'));
const tests = filesIn('{src,test,tools,examples,demo}/**/*.test.ts');

describe('source files', () => {
  it('export by name only', () => {
    assert.deepEqual(
      code.filter((file) => /^export default\b|\bas default\b/m.test(read(file))),
      [],
    );
  });

  it('say by a doc comment what each function, class and interface is that they export', () => {
    const bare = sources.flatMap((file) => {
      const blocks = read(file).split(/\n\s*\n/);
      const exporting = /^export (?:async )?(?:function|class|interface) (\w+)/m;
      return blocks
        .filter((block) => exporting.test(block) && !block.slice(0, block.search(exporting)).includes('*/'))
        .map((block) => `${file}: ${exporting.exec(block)?.[1]}`);
    });
    assert.deepEqual(bare, []);
  });
});

describe('time', () => {
  it('comes from the clock that is passed in, but in the lines of a log', () => {
    const machine =
      /AbortSignal\.timeout\(|(?<![.\w])set(Timeout|Interval)\(|\b(Date|performance)\.now\(|\bnew Date\(\)|node:timers/;
    assert.deepEqual(
      sources.filter((file) => machine.test(read(file))),
      ['src/runtime/clock.ts', 'src/runtime/log.ts'],
    );
  });
});

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
