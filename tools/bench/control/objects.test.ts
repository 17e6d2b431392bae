import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches } from '../../../src/runtime/selector.js';
import { linkName, linkOf, mirrorOf, remoteObjects, shareOf } from './objects.js';

test('the Link of every mirror takes its service, and no other Link does', () => {
  for (const [links, spread] of [
    [2, 50],
    [2, 2],
    [7, 7],
  ] as const) {
    const all = Array.from({ length: links }, (_, n) =>
      linkOf({ name: linkName(n, links), over: { transport: 'flat' }, ...shareOf(n, links, { spread }) }),
    );
    for (let n = 0; n < 20; n++) {
      const [{ metadata }] = remoteObjects(n, { spread });
      const takers = all.filter(({ spec: { imports } }) => {
        const { namespace = '', labels } = metadata;
        const { selector = {}, remoteNamespaces = [namespace] } = imports ?? {};
        return remoteNamespaces.includes(namespace) && matches(selector, labels);
      });
      assert.deepEqual(
        takers.map((link) => link.metadata.name),
        [mirrorOf(n, { spread }, links).spec.cluster],
      );
    }
  }
});
