import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createPlaces } from './places.js';

describe('createPlaces()', () => {
  /** Work that ends when it is told to. */
  function working() {
    const places = createPlaces(2);
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const stop = new AbortController();
    const work = (name: string, signal = stop.signal) =>
      places(
        () =>
          new Promise<string>((resolve) => {
            begun.push(name);
            ends.set(name, () => resolve(name));
          }),
        signal,
      );
    return { work, begun, end: (name: string) => ends.get(name)?.(), places };
  }

  it('lets as many be under way as there are places, and the others in their order', async () => {
    const { work, begun, end } = working();
    const all = ['a', 'b', 'c', 'd'].map((name) => work(name));
    await turn();
    assert.deepEqual(begun, ['a', 'b']);
    end('b');
    await turn();
    assert.deepEqual(begun, ['a', 'b', 'c']);
    for (const name of ['a', 'c']) end(name);
    await turn();
    end('d');
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd']);
  });

  it('gives the place of work that failed to the next', async () => {
    const { work, begun, end, places } = working();
    const failing = places(() => Promise.reject(new Error('no')), new AbortController().signal);
    const others = [work('a'), work('b')];
    await assert.rejects(failing, /no/);
    await turn();
    assert.deepEqual(begun, ['a', 'b']);
    for (const name of ['a', 'b']) end(name);
    await Promise.all(others);
  });

  it('passes over who has given up, also in the moment when it would be its turn', async () => {
    const { work, begun, end } = working();
    const [early, late] = [new AbortController(), new AbortController()];
    const first = [work('a'), work('b')];
    const gone = [work('early', early.signal), work('late', late.signal)].map((promise) =>
      assert.rejects(promise, /over/),
    );
    const last = work('last');
    early.abort(new Error('over'));
    await turn();
    late.abort(new Error('over'));
    end('a');
    await turn();
    assert.deepEqual(begun, ['a', 'b', 'last']);
    for (const name of ['b', 'last']) end(name);
    await Promise.all([...first, ...gone, last]);
  });
});
