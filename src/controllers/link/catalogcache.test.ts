import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listed } from '../../../test/gen/catalogfeed.js';
import { maxCatalogServices, type CatalogService } from '../../protocol/catalog.js';
import { createBudget } from '../../runtime/budget.js';
import { TooLargeError } from '../../runtime/errors.js';
import { silent } from '../../runtime/log.js';
import { createCatalogCache, largestCollection, type CatalogScope } from './catalogcache.js';

/** A cache, and what it tells. */
function cacheOf(scope: Partial<CatalogScope> = {}, bytes = 1 << 30) {
  const told: string[] = [];
  const cache = createCatalogCache(
    { namespaces: [], ...scope },
    {
      budget: createBudget(bytes),
      log: silent,
      onChange: (change) =>
        told.push(change.kind === 'service' ? `${change.part} ${change.key}` : change.kind),
    },
  );
  const take = (whole: boolean, ...services: readonly (CatalogService | string)[]) => {
    const collection = cache.begin(whole);
    for (const one of services)
      if (typeof one === 'string') collection.gone(one);
      else collection.tell(one, 100);
    collection.take();
    return told.splice(0);
  };
  return { cache, take };
}

/** Both slices of a service change when it comes or goes. */
const endpoints = (key: string) => [`endpoints ${key}`, `endpoints ${key}`];

test('createCatalogCache() shows what a whole catalog lists', () => {
  const { cache, take } = cacheOf();
  const told = take(true, listed('web'), listed('db', { namespace: 'bank' }));
  assert.deepEqual(told.toSorted(), [
    ...endpoints('bank/db'),
    ...endpoints('shop/web'),
    'service bank/db',
    'service shop/web',
  ]);
  assert.deepEqual(cache.keys().toSorted(), ['bank/db', 'shop/web']);
  assert.deepEqual(cache.keys('bank'), ['bank/db']);
  assert.equal(cache.service('shop/web')?.metadata.uid, 'uid-web');
  assert.equal(cache.slices('shop/web').length, 2);
});

test('createCatalogCache() shows nothing before it is told that all was told', () => {
  const { cache } = cacheOf();
  cache.begin(true).tell(listed('web'), 100);
  assert.deepEqual(cache.keys(), []);
});

test('createCatalogCache() tells only what differs when a catalog is told as a whole again', () => {
  const { take } = cacheOf();
  take(true, listed('web'), listed('db'), listed('old'));
  const told = take(true, listed('db', { ready: 0 }), listed('web', { labels: { a: 'b' } }));
  assert.deepEqual(told.toSorted(), [
    ...endpoints('shop/db'),
    ...endpoints('shop/old'),
    'service shop/old',
    'service shop/web',
  ]);
  assert.deepEqual(take(true, listed('db', { ready: 0 }), listed('web', { labels: { a: 'b' } })), []);
});

test('createCatalogCache() takes changes, the last one of each service', () => {
  const { cache, take } = cacheOf();
  take(true, listed('web'), listed('db'));
  const told = take(false, listed('web', { ready: 0 }), 'shop/web', listed('new'), 'shop/none', listed('db'));
  assert.deepEqual(told.toSorted(), [
    ...endpoints('shop/new'),
    ...endpoints('shop/web'),
    'service shop/new',
    'service shop/web',
  ]);
  assert.deepEqual(cache.keys().toSorted(), ['shop/db', 'shop/new']);
  assert.deepEqual(cache.slices('shop/web'), []);
});

test('createCatalogCache() takes a service that was made anew for another one', () => {
  const { cache, take } = cacheOf();
  take(true, listed('web'));
  const told = take(false, listed('web', { uid: 'other' }));
  assert.equal(told.filter((line) => line === 'service shop/web').length, 2, 'gone, and there again');
  assert.equal(cache.slices('shop/web').length, 2);
});

test('createCatalogCache() keeps what its scope selects', () => {
  const { cache, take } = cacheOf({ selector: { matchLabels: { mine: 'yes' } }, namespaces: ['shop'] });
  take(
    true,
    listed('web', { labels: { mine: 'yes' } }),
    listed('db'),
    listed('far', { labels: { mine: 'yes' }, namespace: 'bank' }),
  );
  assert.deepEqual(cache.keys(), ['shop/web']);
  take(false, listed('web'), listed('db', { labels: { mine: 'yes' } }));
  assert.deepEqual(cache.keys(), ['shop/db']);
});

test('createCatalogCache() refuses too many services, and keeps what it had', () => {
  const { cache, take } = cacheOf();
  take(true, listed('web'));
  const many = Array.from({ length: maxCatalogServices + 1 }, (_, at) => listed(`s-${at}`));
  assert.throws(() => take(true, ...many), /more than 10000 services/);
  assert.throws(() => take(false, ...many), /more than 10000 services/);
  take(false, ...many.slice(0, maxCatalogServices - 1));
  assert.throws(() => take(false, listed('one-more')), /more than 10000 services/);
  assert.equal(cache.keys().length, maxCatalogServices);
  const gone = many.flatMap(({ name }) => [`shop/${name}`, `bank/${name}`]);
  assert.throws(() => take(false, ...gone), /more than 10000 services/);
});

test('createCatalogCache() refuses too many bytes, and keeps what it had', () => {
  const { cache, take } = cacheOf({}, 100_000);
  take(true, listed('web'));
  const collection = cache.begin(false);
  assert.throws(() => collection.tell(listed('db'), largestCollection + 1), /bytes at once/);
  const large = Array.from({ length: 20 }, (_, at) =>
    listed(`s-${at}`, { annotations: { text: 'x'.repeat(10_000) } }),
  );
  assert.throws(() => take(false, ...large), { name: 'TooLargeError' });
  assert.throws(() => take(true, ...large), { name: 'TooLargeError' });
  assert.deepEqual(cache.keys(), ['shop/web']);
  take(false, ...large.slice(0, 2));
  take(false, 'shop/s-0', 'shop/s-1');
  assert.deepEqual(take(false, ...large.slice(3, 5)).length, 6, 'what is gone makes room');
});

test('createCatalogCache() counts the host names of pods as memory, at the latest when all was told', () => {
  const hosts = Object.fromEntries(Array.from({ length: 256 }, (_, at) => [`pod-${at}`, true]));
  const { cache, take } = cacheOf({}, 10_000);
  take(true, listed('web'), listed('db'));
  assert.throws(() => take(false, listed('web', { hosts })), TooLargeError);
  assert.throws(() => cache.begin(true).tell(listed('web', { hosts }), 100), TooLargeError);
  take(false, 'shop/web', 'shop/db', listed('small', { hosts: { 'pod-0': true } }));
  assert.deepEqual(cache.keys(), ['shop/small']);
  assert.equal(cache.slices('shop/small')[0]?.endpoints?.[0]?.hostname, 'pod-0');
});
