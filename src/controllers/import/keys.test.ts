import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import {
  aLink,
  aMirror,
  aService,
  annotated,
  importing,
  labelled,
  named,
  of,
  ofClusters,
  ownedBy,
} from '../../../test/gen/gen.js';
import { keys as names, managedBy } from '../../api/names.js';
import { createImportKeys, remoteOf } from './keys.js';

const paris = aLink('paris', importing({ automatic: true, selector: { matchLabels: { team: 'a' } } }));
const source = (service: string) => annotated({ [names.remoteService]: service });
const made = aMirror(
  'web-paris',
  ...[of('paris', 'default/web'), named('web-paris'), ownedBy(paris), source('default/web')],
);
const orphan = aMirror(
  'x-gone',
  ...[of('gone', 'default/x'), named('x-gone'), ownedBy(aLink('gone')), source('default/x')],
);
const mine = aMirror('mine', named('web-paris'));
const { caches } = aFakeCluster(paris, aLink('lyon'), made, orphan, mine);
const keys = createImportKeys(caches, {
  remoteServices: (link, namespace) =>
    ['default/web', 'shop/cart'].filter(
      (key) => link === 'paris' && (namespace === undefined || key.startsWith(`${namespace}/`)),
    ),
  unmadeOf: (link) => (link === 'paris' ? ['paris|shop/old'] : []),
  waitingFor: (name) => (name === 'default/web-paris' ? ['lyon|default/web'] : []),
});

describe('createImportKeys()', () => {
  it('finds a Service only where its Link imports automatically', () => {
    assert.deepEqual(keys.ofService('paris', 'default/new'), ['paris|default/new']);
    assert.deepEqual(keys.ofService('lyon', 'default/new'), []);
    assert.deepEqual(keys.ofService('gone', 'default/x'), []);
  });

  it('finds all of a Link: what is there, what it could not make, and what it has made', () => {
    assert.deepEqual(
      [...keys.ofLink('paris')],
      [...['paris|default/web', 'paris|shop/cart', 'paris|shop/old']],
    );
    assert.deepEqual([...keys.ofLink('gone')], ['gone|default/x']);
    assert.deepEqual([...keys.ofLink('lyon')], []);
  });

  it('finds those of a namespace', () => {
    assert.deepEqual(keys.ofNamespace('shop'), ['paris|shop/cart']);
    assert.deepEqual(keys.ofNamespace('else'), []);
  });

  it('finds the federated mirrors of a Service, of a Link that is gone, and of a local Service', () => {
    const federated = aMirror(
      'web-federated',
      ...[named('web-federated'), ofClusters('gone', 'lyon'), labelled({ [names.managedBy]: managedBy })],
      annotated({ [names.federatedService]: 'web' }),
    );
    const link = aLink('lyon', importing({ federated: {} }));
    const sources = { remoteServices: () => ['shop/cart'], unmadeOf: () => [], waitingFor: () => [] };
    const its = createImportKeys(aFakeCluster(link, federated).caches, sources);
    assert.deepEqual(its.ofService('lyon', 'shop/cart'), ['|shop/cart']);
    assert.deepEqual([...its.ofLink('lyon')], ['|shop/cart', '|default/web']);
    assert.deepEqual([...its.ofLink('gone')], ['|default/web']);
    assert.deepEqual(its.made(), ['|default/web']);
    assert.deepEqual([...its.beside(federated, undefined)], ['|default/web']);
    const member = aService('web', labelled({ [names.federated]: 'member' }));
    assert.deepEqual(its.ofLocal(aService('web'), member), ['|default/web']);
    assert.deepEqual(its.ofLocal(aService('web'), undefined), []);
  });

  it('finds a mirror itself, what it was, and who wants its name', () => {
    assert.deepEqual([...keys.beside(mine, undefined)], ['paris|default/web', 'lyon|default/web']);
    const changed = aMirror(
      'x-gone',
      ...[of('gone', 'default/y'), named('x-gone'), ownedBy(aLink('gone')), source('default/y')],
    );
    assert.deepEqual([...keys.beside(changed, orphan)], ['gone|default/y', 'gone|default/x']);
    assert.deepEqual([...keys.beside(aMirror('other'), undefined)], []);
  });

  it('finds all that were made', () => {
    assert.deepEqual(keys.made().toSorted(), ['gone|default/x', 'paris|default/web']);
  });
});

describe('remoteOf()', () => {
  it('reads what indexOf.remoteService writes', () => {
    assert.deepEqual(remoteOf('paris|shop/cart'), { cluster: 'paris', namespace: 'shop', name: 'cart' });
  });
});
