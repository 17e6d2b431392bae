import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aNamespace,
  annotated,
  aService,
  exported,
  inNamespace,
  metadata,
  over,
  port,
  serviceSpec,
  spec,
  type Change,
} from '../../../test/gen/gen.js';
import { aHeadless, aPodSlice, slicesInMemory } from '../../../test/gen/pods.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { other, paris, pin } from '../../../test/gen/peering.js';
import type { KubeObject, ServiceCaller } from '../../api/objects.js';
import type { Exports, Link } from '../../api/link.js';
import { reconcileExports } from './exports.js';

const marked: Partial<Exports> = { services: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } } };
const exporting = (exports: Partial<Exports> = marked) =>
  spec({ exports: { allowSelectorless: false, ...exports } });
/** A Link whose peer is known, since it is pinned. */
const aPeer = (name: string, ...changes: Change<Link>[]) => aLink(name, pin(paris.authority.ca), ...changes);

const good = aService('good', port(80), exported);
/** No host names are known, and none can be. */
const headless = aHeadless('headless', port(80), exported, serviceSpec({ selector: {} }));

/** London, which exports, and what its controller is woken for. */
function london(...objects: KubeObject[]) {
  const fake = aFakeCluster(aNamespace('default'), ...objects);
  let callers: readonly ServiceCaller[] | undefined = [];
  const asked: boolean[] = [];
  const { pods, ...slices } = slicesInMemory();
  const start = (cluster: FakeCluster) =>
    reconcileExports({
      ...cluster,
      pods,
      webhooks: { read: (needed) => (asked.push(needed), callers), stop: () => undefined },
    });
  const run = start(fake);
  return {
    ...{ fake, run, start, asked, slices },
    calls: (known: readonly ServiceCaller[] | undefined) => void (callers = known),
    shows: (link: string) => fake.caches.links.get(link)?.status?.exports?.display,
  };
}

describe('reconcileExports()', () => {
  it('counts the Services that a Link exports, and those that it cannot', async () => {
    const { fake, run, shows } = london(
      aPeer('paris', exporting()),
      good,
      headless,
      aService('other', port(80)),
    );
    await run();
    assert.equal(shows('paris'), '1/2');
    assert.deepEqual(fake.told, ['Warning UnsupportedService']);
  });

  it('counts a headless Service while one of its pods is exported', async () => {
    const db = aHeadless('db', port(80, { name: 'db' }), exported);
    const { run, shows, slices } = london(aPeer('paris', exporting()), good, db);
    await run();
    assert.equal(shows('paris'), '1/1');
    slices.put(aPodSlice('db', [['db-0', '10.1.0.1']]));
    await run();
    assert.equal(shows('paris'), '2/2');
  });

  it('follows what is mended', async () => {
    const { fake, run, shows } = london(aPeer('paris', exporting()), headless);
    await run();
    fake.drop(headless);
    fake.put(aService('headless', port(80), exported));
    await run();
    assert.equal(shows('paris'), '1/1');
    assert.deepEqual(fake.told, ['Warning UnsupportedService']);
  });

  it('writes nothing, and tells nothing, while nothing changes', async () => {
    const { fake, run } = london(aPeer('paris', exporting()), good, headless);
    await run();
    assert.deepEqual(fake.written(), ['status links paris']);
    await run();
    assert.deepEqual([fake.written(), fake.told.length], [[], 1]);
  });

  it('writes nothing when a new leader finds the same', async () => {
    const { fake, run, start } = london(aPeer('paris', exporting()), good, headless);
    await run();
    fake.written();
    const next = fake.restarted();
    await start(next)();
    assert.deepEqual(next.written(), []);
  });

  it('says that nothing is exported to a peer that is not known', async () => {
    const { fake, run, shows } = london(aLink('paris', exporting()), good, headless);
    await run();
    assert.equal(shows('paris'), '0/0');
    assert.deepEqual(fake.told, []);
  });

  it('says that nothing is exported over a transport that has no gateway', async () => {
    const { run, shows } = london(aLink('paris', over('flat'), exporting()), good);
    await run();
    assert.equal(shows('paris'), '0/0');
  });

  it('says nothing of a Link without exports, and no more when they are taken away', async () => {
    const { fake, run, shows } = london(aPeer('paris', exporting()), aLink('rome'), good);
    await run();
    assert.equal(shows('rome'), undefined);
    assert.deepEqual(fake.written(), ['status links paris']);
    const { status, metadata: meta } = fake.caches.links.get('paris')!;
    fake.put({ ...aPeer('paris'), metadata: { ...meta, generation: 2 }, status } as Link);
    await run();
    assert.equal(shows('paris'), undefined);
  });

  it('counts each Link by its own selector', async () => {
    const gold = exporting({ services: { matchLabels: { tier: 'gold' } } });
    const rome = aLink('rome', spec({ peer: { cluster: 'rome-1', caBundle: other.authority.ca } }), gold);
    const { run, shows } = london(aPeer('paris', exporting()), rome, good);
    await run();
    assert.deepEqual([shows('paris'), shows('rome')], ['1/1', '0/0']);
  });

  it('tells of an annotation that cannot be read, also where all is exported', async () => {
    const annotation = annotated({ 'linkerd.io/export-protocol': 'htpp' });
    const { fake, run, shows } = london(
      aPeer('paris', exporting({ all: true })),
      aService('a', port(80), annotation),
    );
    await run();
    assert.equal(shows('paris'), '0/1');
    assert.deepEqual(fake.told, ['Warning InvalidAnnotation']);
  });

  it('asks what the API server calls only where a Link exports all', async () => {
    const { fake, run, asked } = london(aPeer('paris', exporting()), good);
    await run();
    fake.put(aPeer('paris', exporting({ all: true }), metadata({ generation: 2 })));
    await run();
    assert.deepEqual(asked, [false, true]);
  });

  it('counts a Link that exports all once it is known what the API server calls', async () => {
    const rome = aLink(
      'rome',
      spec({ peer: { cluster: 'rome-1', caBundle: other.authority.ca } }),
      exporting(),
    );
    const { run, shows, calls } = london(aPeer('paris', exporting({ all: true })), rome, good);
    calls(undefined);
    await run();
    assert.deepEqual([shows('paris'), shows('rome')], [undefined, '1/1']);
    calls([
      {
        ...{ apiVersion: 'v1', kind: 'Hooks', metadata: { name: 'hooks' } },
        webhooks: [{ clientConfig: { service: { namespace: 'default', name: 'good' } } }],
      },
    ]);
    await run();
    assert.equal(shows('paris'), '0/0');
  });

  it('tells of many one after the other, and comes back for them', async () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      aService(`s${i}`, port(80), exported, inNamespace('shop'), serviceSpec({ type: 'ExternalName' })),
    );
    const { fake, run, shows } = london(aPeer('paris', exporting()), aNamespace('shop'), ...many);
    assert.deepEqual(await run(), { requeueAfter: 10_000 });
    assert.deepEqual([shows('paris'), fake.told.length], ['0/12', 10]);
  });

  it('a Link that cannot be written keeps no other from its count, and is tried again', async () => {
    const rome = aLink(
      'rome',
      spec({ peer: { cluster: 'rome-1', caBundle: other.authority.ca } }),
      exporting(),
    );
    const { fake, run, shows } = london(aPeer('paris', exporting()), rome, good);
    fake.kube.beforeWrite = (write) => {
      if (write.endsWith('paris')) throw new Error('no');
    };
    await assert.rejects(run(), /no/);
    assert.equal(shows('rome'), '1/1');
    fake.kube.beforeWrite = () => undefined;
    await run();
    assert.equal(shows('paris'), '1/1');
  });
});
