import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aService,
  aView,
  condition,
  metadata,
  named,
  of,
  ofClusters,
  ofPod,
  over,
  withStatus,
  type ViewFields,
} from '../../test/gen/gen.js';
import { aHeadless, aPodSlice, type PodAt } from '../../test/gen/pods.js';
import {
  decidePods,
  hostnameOf,
  hostnamesOf,
  isPodReady,
  needsPods,
  podMirrorName,
  whyPodNot,
} from './pods.js';
import { sourceOf } from './source.js';
import type { PodMirror } from './view.js';

const mirror = aMirror('db', of('paris', 'default/db'), named('db-paris'));
const remote = { synced: true, service: aHeadless('db'), slices: [] };
const child = (hostname: string) =>
  aMirror(`db-paris-${hostname}`, ofPod('paris', 'default/db', hostname), named(`db-paris-${hostname}`));
const pod = (hostname: string, more: Partial<PodMirror> = {}): PodMirror => ({
  ...{ hostname, name: `db-paris-${hostname}`, isTaken: false, isThere: true },
  ...more,
});

describe('needsPods()', () => {
  const cases: Readonly<Record<string, [ViewFields, boolean]>> = {
    'is true of a headless service through gateways': [{ mirror, remote }, true],
    'is true of one over linkerd': [{ mirror, remote, link: aLink('paris', over('linkerd')) }, true],
    'is false of one over a flat network': [{ mirror, remote, link: aLink('paris', over('flat')) }, false],
    'is false of a service with a cluster IP': [
      { mirror, remote: { ...remote, service: aService('db') } },
      false,
    ],
    'is false of a mirror of one pod': [{ mirror: child('db-0'), remote }, false],
    'is false of several clusters': [{ mirror: aMirror('db', ofClusters('paris')), remote }, false],
    'is not known before the cluster is read': [{ mirror, remote: { ...remote, synced: false } }, false],
    'is false without a Link': [{ mirror, remote, link: undefined }, false],
  };
  for (const [title, [fields, is]] of Object.entries(cases))
    it(title, () => assert.equal(needsPods(aView(fields)), is));
});

describe('hostnamesOf()', () => {
  const names = (...all: string[]) =>
    hostnamesOf([
      aPodSlice(
        'db',
        all.map((name): PodAt => [name, '10.1.0.1']),
      ),
    ]);
  it('finds each once, in order', () => assert.deepEqual(names('b', 'a', 'b').names, ['a', 'b']));
  it('takes only what may be the name of a host, whatever another cluster sends', () =>
    assert.deepEqual(names('a', '', 'A', '-a', 'a.b', '../x', 'a'.repeat(64), 'a\n').names, ['a']));
  it('takes 256 at most', () => {
    const { names: found, more } = names(...Array.from({ length: 300 }, (_, at) => `a${at}`));
    assert.deepEqual([found.length, more], [256, true]);
  });
});

describe('podMirrorName()', () => {
  it('is bounded, and another one for another pod', () => {
    const long = ['a', 'b'].map((end) => podMirrorName(mirror, `${'x'.repeat(62)}${end}`));
    assert.ok(long.every((name) => name.length <= 63) && long[0] !== long[1]);
  });
  it('is found again, and no other name is', () => {
    assert.equal(hostnameOf(child('db-0'), mirror), 'db-0');
    assert.equal(hostnameOf(aMirror('other', ofPod('paris', 'default/db', 'db-0')), mirror), undefined);
    assert.equal(hostnameOf(aMirror('db-paris-db-0', of('paris', 'default/db')), mirror), undefined);
  });
});

describe('decidePods()', () => {
  const decide = (fields: ViewFields, { gone = 0, notAccepted = false } = {}) => {
    const view = aView({ mirror, remote, ...fields });
    const refusal = { reason: 'NameConflict', message: '' } as const;
    return decidePods(
      { view, source: sourceOf(view), notAccepted: notAccepted ? refusal : undefined },
      [child('db-0')],
      () => gone,
    );
  };
  const lingering = [pod('db-0', { mirror: child('db-0'), isThere: false })];

  it('keeps all while the mirror is not accepted, is deleted, or the service is gone', () => {
    const going = aMirror('db', metadata({ deletionTimestamp: '2026-01-01T00:00:00Z' }));
    for (const decision of [
      decide({ pods: lingering }, { notAccepted: true, gone: 99_999 }),
      decide({ link: undefined }, { notAccepted: true }),
      decide({ mirror: going, pods: lingering }, { gone: 99_999 }),
      decide({ remote: { synced: true, slices: [] } }),
    ])
      assert.deepEqual(decision, { kind: 'keep' });
  });

  it('waits for a host name that is gone, and then lets its mirror go', () => {
    const waits = decide({ pods: lingering }, { gone: 59_999 });
    assert.ok(waits.kind === 'write');
    assert.deepEqual([waits.waiting, waits.surplus.length], [['db-paris-db-0'], 0]);
    const over = decide({ pods: lingering }, { gone: 60_000 });
    assert.ok(over.kind === 'write');
    assert.deepEqual([over.waiting, over.surplus.length], [[], 1]);
  });

  it('has the ports and the pooled ports of the headless mirror', () => {
    const chosen = aMirror('db', named('db-paris'), (draft) => {
      draft.spec.ports = ['db'];
      draft.metadata.annotations = { 'linkerd.io/pooled-ports': '80', other: 'x' };
    });
    const decision = decide({ mirror: chosen, pods: [pod('db-1')] });
    assert.ok(decision.kind === 'write');
    const [{ wish } = assert.fail()] = decision.mirrors;
    assert.deepEqual(wish.spec.ports, ['db']);
    assert.deepEqual(wish.metadata.annotations, { 'linkerd.io/pooled-ports': '80' });
    assert.equal(wish.metadata.labels?.['mirror.linkerd.io/headless-mirror-svc-name'], 'db-paris');
  });
});

describe('whyPodNot()', () => {
  const saying = (...of: Parameters<typeof condition>) =>
    pod('db-0', { mirror: aMirror('m', withStatus({ conditions: [condition(...of)] })) });
  it('is nothing while the mirror is ready, or on its way', () => {
    for (const one of [saying('Ready', 'True', 'Ready'), saying('Ready', 'False', 'Pending'), pod('db-0')])
      assert.equal(whyPodNot(one), undefined);
    assert.equal(isPodReady(saying('Ready', 'True', 'Ready')), true);
  });
  it('is what the mirror says', () =>
    assert.equal(whyPodNot(saying('Ready', 'False', 'NameConflict'))?.reason, 'NameConflict'));
  it('names a mirror that somebody else has made', () =>
    assert.match(
      whyPodNot(pod('db-0', { isTaken: true }))?.message ?? '',
      /"db-paris-db-0".*delete or rename/,
    ));
});
