import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aMirror,
  aService,
  aSlice,
  anInput,
  annotated,
  endpoint,
  labelled,
  metadata,
  ofClusters,
  offering,
  ownedBy,
  port,
} from '../../test/gen/gen.js';
import { aSeenBackend } from '../../test/gen/backends.js';
import { keys } from '../api/names.js';
import { decideSlices } from './slices.js';
import type { MirrorInput } from './view.js';

const mirror = aMirror('hello-mirror', ofClusters('lyon', 'rome'));
const local = aService('hello', port(80, { name: 'http' }), ownedBy(mirror));

/** A slice that was written for a cluster. */
const written = (cluster: string, name: string, remote = 'default/hello') =>
  aSlice(
    'hello',
    ownedBy(local),
    labelled({ [keys.link]: cluster }),
    annotated({ [keys.remoteService]: remote }),
    metadata({ name }),
    offering('http'),
    endpoint('10.1.0.1'),
  );
type Slice = ReturnType<typeof written>;

/** A backend with its present slices; `false`: its cluster has not been seen since the start. */
const backend = (cluster: string, isSeen: boolean, ...slices: Slice[]) =>
  aSeenBackend(cluster, {
    view: { mirror, local, slices, ...(!isSeen && { remote: { synced: false, slices: [] } }) },
  });

/** The slices that are written: name and cluster, `!` after one that must not be called. */
function slicesOf(input: MirrorInput, ...stale: Slice[]): string[] {
  const decision = decideSlices({
    ...input,
    view: { ...input.view, slices: [...input.view.slices, ...stale] },
  });
  assert.equal(decision.kind, 'write');
  return decision.slices.map(({ metadata: { name, labels = {} }, endpoints = [] }) => {
    const isReady = endpoints?.some(({ conditions }) => conditions?.ready !== false);
    return `${name} ${labels[keys.link]}${isReady ? '' : '!'}`;
  });
}

const [short, lyons] = ['hello-mirror-ipv4-0', 'hello-mirror-lyon-ipv4-0'];

describe('no slice is written for two clusters at once', () => {
  it('when the first cluster is taken out of the spec, and a new one is not seen yet', () =>
    assert.deepEqual(
      slicesOf(
        anInput(backend('lyon', true, written('lyon', lyons)), backend('rome', false)),
        written('paris', short),
      ),
      [`${lyons} lyon`, `${short} paris!`],
    ));

  it('when the first cluster, which has not been seen since the start, becomes the second', () =>
    assert.deepEqual(
      slicesOf(
        anInput(
          backend('lyon', true, written('lyon', lyons)),
          backend('rome', false, written('rome', short)),
        ),
      ),
      [`${lyons} lyon`, `${short} rome`],
    ));

  it('when the mirror comes to name another service, of which one cluster is not seen yet', () =>
    assert.deepEqual(
      slicesOf(
        anInput(backend('rome', false), backend('lyon', true)),
        written('lyon', lyons, 'default/old'),
        written('paris', short, 'default/old'),
      ),
      [`${lyons} lyon`, `${short} paris!`],
    ));
});
