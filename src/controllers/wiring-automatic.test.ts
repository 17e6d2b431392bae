import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFakeCluster } from '../../test/gen/cluster.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  annotated,
  importing,
  labelled,
  named,
  of,
  ownedBy,
  served,
} from '../../test/gen/gen.js';
import { someWiring } from '../../test/gen/wiring.js';
import type { Imports } from '../api/link.js';
import { keys } from '../api/names.js';
import { wiring } from './wiring.js';

const selector = { matchLabels: { team: 'a' } };
const link = (more: Partial<Imports> = {}) =>
  aLink('paris', importing({ automatic: true, selector, ...more }));
const paris = link();
const source = (service: string) => annotated({ [keys.remoteService]: service });
const mark = [of('paris', 'default/web'), named('web-paris'), ownedBy(paris), source('default/web')] as const;
const made = aMirror('web-paris', ...mark);
const gone = aMirror(
  'x-gone',
  of('gone', 'default/x'),
  named('x-gone'),
  ownedBy(aLink('gone')),
  source('default/x'),
);

type Table = ReturnType<typeof wiring>;

/** The automatic mirrors that a change wakes, and what it forgets of them. */
function woken(change: (table: Table) => void): string[] {
  const found = new Set<string>();
  const table = wiring(
    aFakeCluster(paris, made, gone).caches,
    someWiring({
      wake: (queue, key) => queue === 'automatic' && found.add(key),
      forget: (memory, key) =>
        ['deletions', 'selection', 'unmade'].includes(memory) && found.add(`-${memory} ${key}`),
      noted: (of, key) => found.add(`noted ${key ?? of}`),
      remoteServices: () => ['default/web', 'default/new'],
      waitingFor: (name) => (name === 'default/taken' ? ['paris|default/waits'] : []),
    }),
  );
  change(table);
  return [...found].toSorted();
}

const [web, fresh] = ['paris|default/web', 'paris|default/new'];
const all = [fresh, web];

describe('automatic mirrors', () => {
  const cases: Record<string, { when: (table: Table) => void; wakes: string[] }> = {
    'of a remote Service that changes': {
      when: (table) => table.remote('paris', { kind: 'service', part: 'service', key: 'default/web' }),
      wakes: [`noted ${web}`, 'noted |default/web', web].toSorted(),
    },
    'of a Link whose cluster is seen again': {
      when: (table) => table.remote('paris', { kind: 'state' }),
      wakes: ['noted paris', ...all],
    },
    'of a new Link': { when: (table) => table.link({ type: 'added', object: paris }), wakes: all },
    'of a Link that gives other names': {
      when: (table) =>
        table.link({ type: 'updated', object: paris, previous: link({ nameTemplate: 'x-{service}' }) }),
      wakes: all,
    },
    'of a Link that selects others, which lets them go': {
      when: (table) =>
        table.link({ type: 'updated', object: paris, previous: link({ remoteNamespaces: ['shop'] }) }),
      wakes: ['-selection paris', ...all],
    },
    'of a Link that permits deletions': {
      when: (table) =>
        table.link({
          type: 'updated',
          object: aLink(
            'paris',
            importing({ automatic: true, selector }),
            annotated({ [keys.allowDeletionsUntil]: '2026-01-01T00:00:00Z' }),
          ),
          previous: paris,
        }),
      wakes: all,
    },
    'of a Link that is gone': {
      when: (table) => table.link({ type: 'deleted', object: paris }),
      wakes: ['-deletions paris', '-unmade paris', ...all],
    },
    'of a namespace': {
      when: (table) => table.namespace({ type: 'added', object: aNamespace() }),
      wakes: all,
    },
    'that somebody changes': {
      when: (table) =>
        table.mirror({
          type: 'updated',
          object: aMirror('web-paris', ...mark, of('paris', 'default/other')),
          previous: made,
        }),
      wakes: [web],
    },
    'whose owner somebody removes': {
      when: (table) =>
        table.mirror({ type: 'updated', object: aMirror('web-paris', named('web-paris')), previous: made }),
      wakes: [web],
    },
    'over which somebody applies the same': {
      when: (table) =>
        table.mirror({
          type: 'updated',
          object: aMirror('web-paris', ...mark, ({ metadata }) => {
            metadata.managedFields = [{ manager: 'kubectl', operation: 'Apply' }];
          }),
          previous: made,
        }),
      wakes: [web],
    },
    'that somebody deletes': {
      when: (table) => table.mirror({ type: 'deleted', object: made }),
      wakes: [web],
    },
    'whose name somebody takes': {
      when: (table) => table.mirror({ type: 'added', object: aMirror('mine', named('web-paris')) }),
      wakes: [web],
    },
    'of a Service of this cluster that is a member of a federated one': {
      when: (table) =>
        table.service({ type: 'added', object: aService('web', labelled({ [keys.federated]: 'member' })) }),
      wakes: ['|default/web'],
    },
    'that wait for a name': {
      when: (table) => table.mirror({ type: 'deleted', object: aMirror('mine', named('taken')) }),
      wakes: ['paris|default/waits'],
    },
    'of all Links at a start, those of Links that are gone, too': {
      when: (table) => table.everything(),
      wakes: ['gone|default/x', web],
    },
  };
  for (const [what, { when, wakes }] of Object.entries(cases))
    it(`are looked at ${what}`, () => assert.deepEqual(woken(when), wakes));

  it('are not looked at when only endpoints change', () => {
    const change = { kind: 'service', part: 'endpoints', key: 'default/web' } as const;
    assert.deepEqual(
      woken((table) => table.remote('paris', change)),
      [],
    );
  });

  it('are not looked at for a status, and not for our own writes', () => {
    const status = aMirror('web-paris', ...mark, served);
    const own = true as const;
    assert.deepEqual(
      woken((table) => table.mirror({ type: 'updated', object: status, previous: made })),
      [],
    );
    assert.deepEqual(
      woken((table) => table.mirror({ type: 'added', object: made, own })),
      [],
    );
  });

  it('are not looked at for a Link without a spec, as an older schema let it in', () => {
    const bare = { ...paris, spec: undefined } as unknown as typeof paris;
    assert.deepEqual(
      woken((table) => table.link({ type: 'updated', object: bare, previous: bare })),
      [],
    );
  });

  it('that we have made are mirrored', () => {
    const queues: string[] = [];
    const table = wiring(aFakeCluster(made).caches, someWiring({ wake: (queue) => queues.push(queue) }));
    table.mirror({ type: 'added', object: made, own: true });
    assert.ok(queues.includes('services'));
  });
});
