import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImmutableMap } from '../../runtime/immutable.js';
import { applyPlans, type Entries, linesOf, planMap, readEntries, without } from './maps.js';
import { CommandError, maxCommand, type Worker } from './runtime.js';

const path = '/run/x.map';
const entries = (...keys: number[]): Entries => new Map(keys.map((key) => [String(key), `v${key}`]));
const many = (count: number): Entries => entries(...Array(count).keys());

const edits: Record<string, readonly [Entries, Entries, readonly string[]]> = {
  'adds what is new': [entries(1), entries(1, 2), ['add map /run/x.map 2 v2']],
  'deletes what is gone': [entries(1, 2), entries(2), ['del map /run/x.map 1']],
  'changes what is another value': [new Map([['1', 'old']]), entries(1), ['set map /run/x.map 1 v1']],
  'deletes before it adds': [entries(1), entries(2), ['del map /run/x.map 1', 'add map /run/x.map 2 v2']],
};

for (const [what, [current, wanted, commands]] of Object.entries(edits)) {
  test(`planMap() ${what}`, () => {
    assert.deepEqual(planMap(path, current, wanted), { kind: 'edit', commands });
  });
}

test('planMap() does nothing where nothing differs', () => {
  assert.deepEqual(planMap(path, many(500), many(500)), { kind: 'none' });
});

test('planMap() replaces everything for many changes, in chunks that fit into a command', () => {
  const wanted = many(10_000);
  const plan = planMap(path, entries(), wanted);
  assert.ok(plan.kind === 'replace' && plan.chunks.length > 1);
  assert.ok(plan.chunks.every((chunk) => chunk.length <= maxCommand));
  assert.equal(plan.chunks.join(''), linesOf(wanted));
});

test('planMap() replaces a content that is not known, even by nothing', () => {
  assert.deepEqual(planMap(path, undefined, entries(1)), { kind: 'replace', chunks: ['1 v1\n'] });
  assert.deepEqual(planMap(path, undefined, entries()), { kind: 'replace', chunks: [] });
});

test('planMap() edits up to 200 entries, and replaces beyond', () => {
  assert.equal(planMap(path, entries(), many(200)).kind, 'edit');
  assert.equal(planMap(path, entries(), many(201)).kind, 'replace');
});

test('readEntries() reads what show map prints', () => {
  const text = '0x55aa10 20000 a|s-1.paris\n0x55aa20 20001 b|s-2.rome\n\n';
  assert.deepEqual(
    readEntries(text),
    new Map([
      ['20000', 'a|s-1.paris'],
      ['20001', 'b|s-2.rome'],
    ]),
  );
  assert.deepEqual(readEntries('\n'), new Map());
});

test('readEntries() does not trust a map with a key twice', () => {
  assert.equal(readEntries('0x1 20000 a\n0x2 20000 b\n'), undefined);
});

/** Remembers what it is told; refuses what matches. */
function fakeWorker(refuse = /^$/) {
  const said: string[] = [];
  const worker: Worker = {
    pid: 1,
    old: false,
    reloads: 0,
    async ask(command) {
      said.push(command);
      return 'New version created: 7\n\n';
    },
    async tell(...commands) {
      said.push(...commands);
      if (commands.some((command) => refuse.test(command))) throw new CommandError('refused');
    },
  };
  return { worker, said };
}

test('applyPlans() takes a new version into use only when all of it is there', async () => {
  const { worker, said } = fakeWorker();
  await applyPlans(worker, new Map([[path, { kind: 'replace', chunks: ['1 a\n', '2 b\n'] }]]));
  assert.deepEqual(said, [
    'prepare map /run/x.map',
    'add map @7 /run/x.map <<\n1 a\n',
    'add map @7 /run/x.map <<\n2 b\n',
    'commit map @7 /run/x.map',
  ]);
});

test('applyPlans() commits nothing when a chunk is refused', async () => {
  const { worker, said } = fakeWorker(/2 b/);
  await assert.rejects(
    applyPlans(worker, new Map([[path, { kind: 'replace', chunks: ['1 a\n', '2 b\n'] }]])),
    CommandError,
  );
  assert.ok(!said.some((command) => command.startsWith('commit')));
});

test('applyPlans() tells the edits of all maps at once', async () => {
  const { worker, said } = fakeWorker();
  let times = 0;
  const tell = (...commands: readonly string[]) => (times++, worker.tell(...commands));
  await applyPlans(
    { ...worker, tell },
    new Map([
      ['/a.map', planMap('/a.map', entries(1), entries(2))],
      ['/b.map', planMap('/b.map', entries(), entries(3))],
      ['/c.map', planMap('/c.map', entries(3), entries(3))],
    ]),
  );
  assert.deepEqual(said, ['del map /a.map 1', 'add map /a.map 2 v2', 'add map /b.map 3 v3']);
  assert.equal(times, 1);
});

test('without() leaves what others have too, changed to what they say', () => {
  const entries = new Map([
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
  ]);
  const others = new Map([
    ['a', '1'],
    ['b', 'two'],
    ['d', '4'],
  ]);
  const left = [
    ['a', '1'],
    ['b', 'two'],
  ];
  assert.deepEqual([...without(entries, others)!], left);
  assert.deepEqual([...without(ImmutableMap.of(entries), ImmutableMap.of(others))!].toSorted(), left);
  assert.equal(without(new Map([['a', '1']]), entries), undefined);
});
