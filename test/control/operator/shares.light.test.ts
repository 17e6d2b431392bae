import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { backendsOfStatus } from '../../../src/api/backends.js';
import { ownNames } from '../../../src/api/names.js';
import {
  configMaps,
  endpointSlices,
  links,
  serviceMirrors,
  services,
  type Resource,
} from '../../../src/api/resources.js';
import { leasesOf, shareOf } from '../../../src/api/shares.js';
import { createAuthority } from '../../../src/pki/ca.js';
import { follow } from '../../../tools/clusters/follow.js';
import { inTurns } from '../../../tools/clusters/turns.js';
import { linesOf, type Write } from '../../driver/audit.js';
import { assertSays } from '../../driver/conditions.js';
import { eventually } from '../../driver/eventually.js';
import { aMirror, aService, aSlice, endpoint, named, of, over, port, spec } from '../../gen/gen.js';
import { startClusters, type InBoth, type OperatorClusters } from './clusters.js';
import { leadersOf, startReplica, type Replica } from './replicas.js';

/** Two Links of each of two shares over transport flat, and one of each over gateways. */
const flat = ['paris', 'lyon', 'madrid', 'berlin'];
const tunnels = ['tunnel-1', 'tunnel-4'];
const shareOfLink = (link: string) => shareOf(link, 2);

/** How many mirrors each Link has. */
const each = 40;

/** Longest wait (ms) for what needs no Lease, on a busy machine. */
const patience = 90_000;

/** A Lease lasts 15 s, and a follower looks at it every 2.4 s at most; the rest is for a busy machine. */
const takeover = 15_000 + 2_400 + 5_000;

suite('3 replicas that divide the Links into 2 shares', () => {
  let clusters: OperatorClusters;
  let both: InBoth;
  const replicas: Replica[] = [];
  const stop = new AbortController();
  /** The UIDs of each Service and slice that there was. */
  const made = new Map<string, Set<string>>();
  const names = [...flat, ...tunnels].flatMap((link) =>
    Array.from({ length: each }, (_, n) => `${link}-m${n}`),
  );
  const linkOf = (name: string) => name.slice(0, name.lastIndexOf('-'));

  before(async () => {
    for (const group of [flat, tunnels])
      assert.equal(
        group.filter((link) => shareOfLink(link) === 0).length,
        group.length / 2,
        group.map(shareOfLink).join(),
      );
    clusters = await startClusters();
    both = await clusters.namespace('import');
    for (const resource of [services, endpointSlices] as Resource[])
      await follow(
        both.london.kube,
        resource,
        {
          namespace: 'import',
          tell: ({ object: { metadata } }) => note(`${resource.plural}/${metadata.name}`, metadata.uid),
        },
        stop.signal,
      );
    const access = await clusters.paris.access('peer-london');
    for (const link of flat.slice(1)) await clusters.link(link, access);
    const gateway = { addresses: [{ host: '127.0.0.1', port: 1 }] };
    for (const link of tunnels) {
      const { ca: caBundle } = await createAuthority(link, { now: new Date() });
      await clusters.link(
        link,
        access,
        over('gateway'),
        spec({ peer: { cluster: link, caBundle }, gateway }),
      );
    }
    await inTurns(
      Array.from({ length: each }, (_, n) => `m${n}`),
      8,
      (name) => both.paris.creates(aService(name, port(80)), aSlice(name, endpoint('10.9.0.1'))),
    );
  });
  const note = (object: string, uid = '') => made.set(object, (made.get(object) ?? new Set()).add(uid));
  after(async () => {
    stop.abort();
    await Promise.all(replicas.map((replica) => replica.stop()));
    await clusters.close();
  });

  const start = async (count: number) => {
    const started = await Promise.all(
      Array.from({ length: 3 }, () => startReplica(clusters.london, '--shares', String(count))),
    );
    replicas.push(...started);
    return started;
  };

  /** Writes in our namespace since a mark, each with the object that it is for. */
  const writtenSince = async (mark: number) => clusters.london.writtenSince(mark, both.london);

  /** The share of what is written: every object of a mirror begins with the mirror's name. */
  const shareOfWrite = ({ object }: Write) =>
    shareOfLink(linkOf(/^import\/([a-z]+(?:-\d)?-m\d+)/.exec(object)?.[1] ?? assert.fail(object)));

  const mirrorsNow = async () => both.london.list(serviceMirrors);

  /** All flat mirrors are ready, and all others have an egress port and know that no gateway runs. */
  const isImported = async () => {
    const mirrors = await mirrorsNow();
    assert.equal(mirrors.length, names.length);
    for (const mirror of mirrors) {
      const isFlat = flat.includes(mirror.spec.cluster ?? '');
      assertSays(mirror, [isFlat ? 'Ready=True' : 'Ready=False/NoLocalGateway']);
      assert.equal(portsOf(mirror).length, isFlat ? 0 : 1, mirror.metadata.name);
    }
  };

  test('one is killed during an import: nothing is written twice, and no mirror is forgotten', async (t) => {
    const mark = await clusters.london.audit.mark();
    const first = await start(2);
    const [zero, one] = await leadersOf(first, leasesOf(2), patience);
    assert.ok(zero !== undefined && one !== undefined);
    const third = first.find((replica) => replica !== zero && replica !== one) ?? assert.fail();
    await inTurns(names, 8, (name) =>
      both.london.creates(
        aMirror(name, of(linkOf(name), `import/${name.slice(linkOf(name).length + 1)}`), named(name)),
      ),
    );
    await eventually(
      async () =>
        (await writtenSince(mark)).filter(({ resource }) => resource === 'endpointslices').length > each,
    );
    await one.kill();
    replicas.splice(replicas.indexOf(one), 1);
    const killed = Date.now();
    await leadersOf([third], [leasesOf(2)[1] ?? ''], takeover);
    t.diagnostic(`taken over after ${Date.now() - killed} ms`);
    const left = (await writtenSince(mark)).filter(({ resource }) => resource === 'services').length;
    t.diagnostic(`Services when it was taken over: ${left} of ${names.length}`);
    await eventually(isImported, patience);
    await Promise.all([zero.rests(), third.rests()]);

    const written = await writtenSince(mark);
    // our watch may be later than the audit log
    await eventually(async () => {
      for (const resource of [services, endpointSlices] as Resource[])
        for (const { metadata } of await both.london.list(resource))
          assert.ok(made.get(`${resource.plural}/${metadata.name}`)?.has(metadata.uid ?? ''), metadata.name);
    });
    // a request under way when its client dies is in the audit log as refused, also if its object was stored
    for (const name of names)
      for (const object of [`services/${name}`, `endpointslices/${name}-mirror-ipv4-0`]) {
        if (object.startsWith('endpointslices') && tunnels.includes(linkOf(name))) continue;
        assert.equal(made.get(object)?.size, 1, object);
      }
    const creations = linesOf(written.filter(({ verb }) => verb === 'create'));
    assert.equal(new Set(creations).size, creations.length);
    const writers: readonly (readonly string[])[] = [[zero.credential], [one.credential, third.credential]];
    for (const write of written)
      assert.ok(writers[shareOfWrite(write)]?.includes(write.credential), linesOf([write]).join());
    // nobody writes for a share before its leader is gone, and the one that is gone never again
    const byOne = written.filter(({ credential }) => credential === one.credential);
    const byThird = written.filter(({ credential }) => credential === third.credential);
    assert.ok(byOne.length > 0 && byThird.length > 0, `${byOne.length} and ${byThird.length} writes`);
    assert.ok(Math.max(...byOne.map(({ doneAt }) => doneAt)) < Math.min(...byThird.map(({ at }) => at)));
    t.diagnostic(
      `writes: ${written.length - byOne.length - byThird.length} of share 0; of share 1 ${byOne.length} before and ${byThird.length} after`,
    );
  });

  test('no egress port is given twice', async () => {
    const ports = (await mirrorsNow()).flatMap(portsOf);
    assert.equal(ports.length, tunnels.length * each);
    assert.equal(new Set(ports).size, ports.length);
  });

  test('each leader reads the Services of its own Links and no others', async () => {
    for (const replica of replicas) {
      const share = leasesOf(2).indexOf((await replica.lease()) ?? '');
      for (const link of [...flat, ...tunnels]) {
        const read = await replica.metric('service_mirror_reflector_objects', {
          cluster: link,
          resource: 'services',
        });
        assert.equal(read > 0, shareOfLink(link) === share, `${link}: ${read} Services in share ${share}`);
      }
    }
  });

  test('each Link counts its mirrors, and share 0 resolves the peers of all', async () => {
    await eventually(async () => {
      for (const link of flat)
        assert.equal(
          (await clusters.london.kube.get(links, link)).status?.mirrors?.display,
          `${each}/${each}`,
        );
      const { data = {} } = await clusters.london.own.get(configMaps, ownNames.peers);
      assert.deepEqual(Object.keys(data).toSorted(), tunnels);
    });
  });

  test('with another number of shares nobody leads before all others have ended, and nothing is written', async () => {
    const before = new Map((await mirrorsNow()).map((mirror) => [mirror.metadata.name, portsOf(mirror)]));
    const old = [...replicas];
    const mark = await clusters.london.audit.mark();
    const fresh = await start(3);
    await eventually(async () => {
      for (const replica of fresh) {
        assert.ok(await replica.isReady());
        const said = (await replica.log()).map(({ message }) => message);
        assert.ok(said.includes('waits for replicas with another number of shares'), said.join());
      }
    });
    for (const replica of old) {
      for (const other of fresh) assert.equal(await other.lease(), undefined);
      await replica.stop();
      replicas.splice(replicas.indexOf(replica), 1);
    }
    const leaders = await leadersOf(fresh, leasesOf(3), takeover);
    assert.equal(new Set(leaders).size, 3);
    await eventually(async () => {
      for (const leader of leaders)
        assert.ok((await leader.metric('controller_runtime_reconcile_total', { controller: 'status' })) > 0);
    }, patience);
    await Promise.all(leaders.map((leader) => leader.rests()));
    assert.deepEqual(linesOf(await writtenSince(mark)), []);
    assert.deepEqual(
      new Map((await mirrorsNow()).map((mirror) => [mirror.metadata.name, portsOf(mirror)])),
      before,
    );
  });

  test('and when the mirrors are deleted, nothing of theirs is left', async () => {
    const mark = await clusters.london.audit.mark();
    await inTurns(names, 8, (name) => both.london.deletes(serviceMirrors, name));
    await eventually(async () => {
      for (const resource of [services, endpointSlices] as Resource[])
        assert.equal((await both.london.list(resource)).length, 0, resource.plural);
    }, patience);
    const writers = new Map<string, Set<string>>();
    for (const write of await writtenSince(mark)) {
      const written = `${write.resource} ${write.object}`;
      writers.set(written, (writers.get(written) ?? new Set()).add(write.credential));
    }
    for (const [written, by] of writers) assert.equal(by.size, 1, written);
  });
});

function portsOf(mirror: Parameters<typeof backendsOfStatus>[0]): number[] {
  return backendsOfStatus(mirror).flatMap(({ ports }) =>
    ports.flatMap(({ gatewayPort }) => gatewayPort ?? []),
  );
}
