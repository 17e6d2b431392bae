import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { createUnmadeMirrors, explain, explainLeftOut } from './unmade.js';

const service = (name: string, namespace = 'shop', link = 'paris') => ({
  ...{ link, namespace, key: `${link}|${namespace}/${name}` },
  name: `${namespace}/${name}-paris`,
});

function start() {
  const changed: string[] = [];
  return { unmade: createUnmadeMirrors((link) => changed.push(link)), changed };
}

describe('createUnmadeMirrors()', () => {
  it('counts by Link and reason, and says when that changes', () => {
    const { unmade, changed } = start();
    unmade.note(service('a'), 'NamespaceMissing');
    unmade.note(service('b'), 'NamespaceMissing');
    unmade.note(service('b'), 'NamespaceMissing');
    unmade.note(service('c', 'shop', 'lyon'), 'NameConflict');
    assert.deepEqual(unmade.counts('paris'), { NamespaceMissing: 2 });
    assert.deepEqual(changed, ['paris', 'paris', 'lyon']);
    unmade.note(service('a'), undefined);
    unmade.note(service('a'), undefined);
    unmade.note(service('b'), 'NameConflict');
    assert.deepEqual(unmade.counts('paris'), { NameConflict: 1 });
    assert.equal(changed.length, 5);
    assert.deepEqual(unmade.counts('nowhere'), {});
  });

  it('says which is the first of its namespace and reason', () => {
    const { unmade } = start();
    assert.equal(unmade.note(service('a'), 'NamespaceMissing'), true);
    assert.equal(unmade.note(service('b'), 'NamespaceMissing'), false);
    assert.equal(unmade.note(service('c', 'other'), 'NamespaceMissing'), true);
    assert.equal(unmade.note(service('d'), 'NameConflict'), true);
    for (const name of ['a', 'b']) unmade.note(service(name), undefined);
    assert.equal(unmade.note(service('a'), 'NamespaceMissing'), true);
  });

  it('finds who waits for a name, until it has another one', () => {
    const { unmade } = start();
    unmade.note(service('a'), 'NameConflict');
    assert.deepEqual(unmade.waitingFor('shop/a-paris'), ['paris|shop/a']);
    unmade.note({ ...service('a'), name: 'shop/other' }, 'NameConflict');
    assert.deepEqual(unmade.waitingFor('shop/a-paris'), []);
    assert.deepEqual(unmade.waitingFor('shop/other'), ['paris|shop/a']);
    unmade.note(service('a'), undefined);
    assert.deepEqual(unmade.waitingFor('shop/other'), []);
  });

  it('lists those of a Link, and forgets one of them', () => {
    const { unmade, changed } = start();
    unmade.note(service('a'), 'NamespaceMissing');
    unmade.note(service('b'), 'NamespaceMissing');
    assert.deepEqual(unmade.of('paris'), ['paris|shop/a', 'paris|shop/b']);
    unmade.forgetOne('paris', 'paris|shop/a');
    unmade.forgetOne('paris', 'paris|shop/a');
    assert.deepEqual(unmade.of('paris'), ['paris|shop/b']);
    assert.equal(changed.length, 3);
    assert.deepEqual(unmade.of('lyon'), []);
  });

  it('forgets a Link and no other', () => {
    const { unmade } = start();
    unmade.note(service('a'), 'NamespaceMissing');
    unmade.note(service('a', 'shop', 'lyon'), 'NamespaceMissing');
    unmade.forget('paris');
    assert.deepEqual(unmade.counts('paris'), {});
    assert.deepEqual(unmade.counts('lyon'), { NamespaceMissing: 1 });
    assert.deepEqual(unmade.waitingFor('shop/a-paris'), ['lyon|shop/a']);
  });
});

describe('explain()', () => {
  it('names the Service, the Link and the way out', () => {
    const all = [
      'NamespaceMissing',
      'NamespaceNotAllowed',
      'NameConflict',
      'InvalidName',
      'TooMany',
    ] as const;
    for (const why of all)
      assert.match(
        explain(why, service('a')),
        /^Link "paris" makes no mirror of the remote Service shop\/a, .*; /,
        why,
      );
  });
});

test('explainLeftOut() names the member, and what to do', () => {
  const about = { key: '|shop/web', namespace: 'shop', name: 'shop/web-federated' };
  assert.equal(
    explainLeftOut({ cluster: 'lyon', why: 'NamespaceNotAllowed' }, about),
    'ServiceMirror shop/web-federated leaves out Service shop/web of cluster "lyon": spec.imports.namespaces of this Link does not select namespace "shop"; label it, or widen the selector',
  );
  assert.match(explainLeftOut({ cluster: 'lyon', why: 'TooMany' }, about), /a mirror may name 32 clusters$/);
});
