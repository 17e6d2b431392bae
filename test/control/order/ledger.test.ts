import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KubeObject } from '../../../src/api/objects.js';
import { aMirror, aService, aSlice, metadata, ownedBy } from '../../gen/gen.js';
import { emptyTally, judge, tally, total, warningsOf, type Dialled, type End, type Facts } from './ledger.js';

/** A mirror `name` that was made anew for another service: first for `one`, then for `two`. */
const [older, newer] = ['older', 'newer'].map((uid) => aMirror('hello', metadata({ uid })));
const [before, now] = [
  aService('hello', ownedBy(older!), metadata({ uid: 'before', resourceVersion: '100' })),
  aService('hello', ownedBy(newer!), metadata({ uid: 'now', resourceVersion: '200' })),
];
const sliceOf = (service: KubeObject) =>
  aSlice('hello', ownedBy(service), metadata({ uid: `of-${service.metadata.uid}` }));

function facts(changes: { gone?: bigint; addresses?: Record<string, readonly string[]> } = {}): Facts {
  const targets: Record<string, string> = { older: 'shop/one', newer: 'shop/two' };
  const uids: Record<string, string[]> = { 'shop/one': ['uid-one'], 'shop/two': ['uid-two', 'uid-two-anew'] };
  const addresses: Record<string, readonly string[]> = changes.addresses ?? {};
  return {
    targetOf: (mirror) => targets[mirror],
    uidsOf: (service) => new Set(uids[service]),
    addressesOf: (uid) => new Set(addresses[uid]),
    first: (uid) => [before, now].find((service) => service.metadata.uid === uid),
    goneAt: () => changes.gone,
  };
}

function dialled(service: typeof now, feeding: KubeObject, end: End): Dialled {
  const place = { service, slice: sliceOf(feeding), destination: { host: '10.20.0.11', port: 10_000 } };
  return { name: 'hello', phase: 'now', place, end };
}

const answered = (uid: string): End => ({ kind: 'answered', uid });

suite('judge()', () => {
  const table = {
    'says right when the service of the mirror answers': [
      dialled(now, now, answered('uid-two')),
      {},
      'right',
    ],
    'says right when it answers after it was made anew': [
      dialled(now, now, answered('uid-two-anew')),
      {},
      'right',
    ],
    'says misrouted when another service answers': [
      dialled(now, now, answered('uid-three')),
      {},
      'misrouted',
    ],
    'says reassigned when the other one got its ClusterIP': [
      dialled(now, now, answered('uid-three')),
      { addresses: { 'uid-two': ['10.97.0.1', '10.97.0.2'], 'uid-three': ['10.97.0.2'] } },
      'reassigned',
    ],
    'says refused when nobody answers': [
      dialled(now, now, { kind: 'refused', why: 'ECONNRESET' }),
      {},
      'refused',
    ],
    'says unresolved when the name leads nowhere': [{ name: 'hello', phase: 'now' }, {}, 'unresolved'],
    'says misrouted when a slice of before feeds the present Service': [
      dialled(now, before, answered('uid-one')),
      {},
      'misrouted',
    ],
    'says misrouted when that slice went only after the present Service came': [
      dialled(now, before, answered('uid-one')),
      { gone: 201n },
      'misrouted',
    ],
    'says skewed when it had gone before the present Service came': [
      dialled(now, before, answered('uid-one')),
      { gone: 199n },
      'skewed',
    ],
    'says right when a slice is ahead of the Service that was looked up': [
      dialled(before, now, answered('uid-two')),
      {},
      'right',
    ],
  } as const;
  for (const [title, [dial, changes, verdict]] of Object.entries(table))
    test(title, () => assert.equal(judge(dial, facts(changes)), verdict));
});

test('tally() counts by what went on meanwhile, and total() adds up', () => {
  const right = dialled(now, now, answered('uid-two'));
  const counts = tally([right, right, { ...right, phase: 'later' }, { name: 'x', phase: 'later' }], facts());
  assert.deepEqual(counts, {
    now: { ...emptyTally(), right: 2 },
    later: { ...emptyTally(), right: 1, unresolved: 1 },
  });
  assert.deepEqual(total(counts), { ...emptyTally(), right: 3, unresolved: 1 });
});

test('complaintsOf() tells where a dial went, and not the same for ever', () => {
  const wrong = dialled(now, now, answered('uid-three'));
  const lines = warningsOf(Array(50).fill(wrong) as Dialled[], (dial) => judge(dial, facts()));
  assert.equal(lines.length, 20);
  assert.equal(lines[0], 'misrouted: hello at 10.20.0.11:10000: answered uid-three, now');
  assert.deepEqual(
    warningsOf([dialled(now, now, answered('uid-two'))], (dial) => judge(dial, facts())),
    [],
  );
});
