import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointSlices, namespaces, services } from '../api/resources.js';
import { apiVersionOf, collectionPath, objectPath, query } from './paths.js';

test('paths of the core group and of others, of one namespace, of all, and of none', () => {
  assert.equal(collectionPath(services), '/api/v1/services');
  assert.equal(collectionPath(services, 'a'), '/api/v1/namespaces/a/services');
  assert.equal(collectionPath(endpointSlices, 'a'), '/apis/discovery.k8s.io/v1/namespaces/a/endpointslices');
  assert.equal(collectionPath(namespaces, 'ignored'), '/api/v1/namespaces');
  assert.equal(objectPath(services, 'a/b'), '/api/v1/namespaces/a/services/b');
  assert.equal(objectPath(services, 'a/b', 'status'), '/api/v1/namespaces/a/services/b/status');
  assert.equal(objectPath(namespaces, 'a'), '/api/v1/namespaces/a');
  assert.deepEqual([apiVersionOf(services), apiVersionOf(endpointSlices)], ['v1', 'discovery.k8s.io/v1']);
});

test('a name cannot leave its place in the path', () => {
  assert.equal(objectPath(namespaces, '..?x#y z'), '/api/v1/namespaces/..%3Fx%23y%20z');
});

test('a key of the wrong scope is an error', () => {
  assert.throws(() => objectPath(services, 'b'), /expected namespace\/name/);
  assert.throws(() => objectPath(namespaces, 'a/b'), /expected a name alone/);
});

test('query() leaves out what is undefined or empty and escapes the rest', () => {
  assert.equal(query({ a: undefined, b: '' }), '');
  assert.equal(
    query({ labelSelector: 'a in (b,c),!d=é', limit: 5, watch: true }),
    '?labelSelector=a%20in%20(b%2Cc)%2C!d%3D%C3%A9&limit=5&watch=true',
  );
});
