import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aSlice, anInput, aView, metadata } from '../../test/gen/gen.js';
import type { Backend } from './view.js';
import { sliceName, sliceNames } from './slicenames.js';

/** A backend of that cluster with slices of these names. */
const of = (cluster: string, ...slices: string[]): Partial<Backend> => ({
  view: aView({
    backend: { cluster, namespace: 'default', name: 'hello' },
    slices: slices.map((name) => aSlice('hello', metadata({ name }))),
  }),
});
const names = (first: Partial<Backend>, ...others: Partial<Backend>[]) =>
  sliceNames(anInput(first, ...others).backends, 'hello').map((prefix) => sliceName(prefix, 'IPv4', 0));
const [short, lyons] = ['hello-mirror-ipv4-0', 'hello-mirror-lyon-ipv4-0'];

describe('the names of slices', () => {
  it('of the first backend are short, and those of others name their clusters', () =>
    assert.deepEqual(names(of('paris'), of('lyon')), [short, lyons]));

  it('stay when the spec lists the clusters in another order', () => {
    assert.deepEqual(names(of('paris', short), of('lyon', lyons)), [short, lyons]);
    assert.deepEqual(names(of('lyon', lyons), of('paris', short)), [lyons, short]);
  });

  it('stay when another cluster takes the place of the first, or the others go', () => {
    assert.deepEqual(names(of('lyon', lyons), of('rome')), [lyons, 'hello-mirror-rome-ipv4-0']);
    assert.deepEqual(names(of('lyon', lyons)), [lyons]);
  });

  it('of a new first one are long while another one has the short ones', () =>
    assert.deepEqual(names(of('lyon'), of('paris', 'hello-mirror-ipv6-0')), [lyons, short]));

  it('are never those of two backends, also if both have short ones', () =>
    assert.deepEqual(names(of('lyon', 'hello-mirror-ipv6-0'), of('paris', short)), [
      lyons,
      'hello-mirror-paris-ipv4-0',
    ]));

  it('are not confused by a cluster that is called like a family', () =>
    assert.deepEqual(names(of('ipv4', 'hello-mirror-ipv4-ipv4-0'), of('paris', short)), [
      'hello-mirror-ipv4-ipv4-0',
      short,
    ]));
});
