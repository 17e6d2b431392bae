import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { KubeObject } from '../../../src/api/objects.js';
import { endpointSlices, serviceMirrors, services, type Resource } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import { aMirror, aService, aSlice, endpoint, named, of, port } from '../../gen/gen.js';
import { follow } from '../../../tools/clusters/follow.js';
import { inTurns } from '../../../tools/clusters/turns.js';
import { linesOf } from '../../driver/audit.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import { startClusters, type InBoth, type OperatorClusters } from './clusters.js';

/** How often the operator is killed, and how many mirrors are new each time. */
const kills = 20;
const each = 4;

/** Longest wait (ms) for one step, on a busy machine. */
const patience = 60_000;

suite(`an operator that is killed ${kills} times during an import`, () => {
  let clusters: OperatorClusters;
  let both: InBoth;
  let operator: Operator | undefined;
  const stop = new AbortController();
  const names = Array.from({ length: kills * each }, (_, n) => `hello-${n}`);
  /** The versions of each mirror's status that the API server has stored. */
  const statuses = new Map<string, string[]>();
  /** The version of each mirror that was seen last. */
  const seen = new Map<string, string | undefined>();
  /** Services, slices, and mirrors with a status, by kind: what a killed operator has left. */
  const made = { services: new Set<string>(), slices: new Set<string>(), statuses: new Set<string>() };

  before(async () => {
    clusters = await startClusters();
    both = await clusters.namespace('import');
    const { kube } = both.london;
    const noting = <T extends KubeObject>(resource: Resource<T>, note: (object: T) => void) =>
      follow(kube, resource, { namespace: 'import', tell: ({ object }) => note(object) }, stop.signal);
    await noting(services, ({ metadata }) => void made.services.add(metadata.name));
    await noting(endpointSlices, ({ metadata }) => void made.slices.add(metadata.name));
    await noting<ServiceMirror>(serviceMirrors, ({ metadata, status }) => {
      seen.set(metadata.name, metadata.resourceVersion);
      if (status?.conditions === undefined) return;
      made.statuses.add(metadata.name);
      const [before, now] = [statuses.get(metadata.name) ?? [], JSON.stringify(status)];
      if (before.at(-1) !== now) statuses.set(metadata.name, [...before, now]);
    });
    await inTurns(names, 8, (name) =>
      both.paris.creates(aService(name, port(80)), aSlice(name, endpoint('10.9.0.1'))),
    );
  });
  after(async () => {
    stop.abort();
    await operator?.stop();
    await clusters.close();
  });

  test('nothing is lost, and nothing is written twice', async (t) => {
    const mark = await clusters.london.audit.mark();
    const left: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const kind = (['services', 'slices', 'statuses'] as const)[kill % 3]!;
      const before = made[kind].size;
      for (const name of names.slice(kill * each, (kill + 1) * each))
        await both.london.creates(aMirror(name, of('paris', `import/${name}`), named(name)));
      operator = await clusters.london.startOperator('--no-leader-election');
      // each time at another point of the way
      await eventually(() => made[kind].size > before + (kill % each), patience, 2);
      await operator.kill();
      operator = undefined;
      left.push(`${made.services.size}/${made.slices.size}/${made.statuses.size}`);
    }
    t.diagnostic(`Services/slices/statuses after each kill: ${left.join(' ')}`);
    operator = await clusters.london.startOperator('--no-leader-election');
    for (const name of names) await both.london.within(patience).mirrorSays(name, 'Ready=True');
    await operator.rests();

    const written = await clusters.london.writtenSince(mark, both.london);
    // our watch may be later than the audit log
    await eventually(async () => {
      for (const { metadata } of await both.london.list(serviceMirrors))
        assert.equal(seen.get(metadata.name), metadata.resourceVersion, metadata.name);
    });
    const wanted = names.flatMap((name) => [
      `create services import/${name}`,
      `create endpointslices import/${name}-mirror-ipv4-0`,
    ]);
    const creations = written.filter(
      ({ resource }) => resource === 'services' || resource === 'endpointslices',
    );
    // that every one is there was seen above; the audit log lacks a write whose writer was killed before the answer
    const lines = linesOf(creations);
    assert.deepEqual(
      lines.filter((line, at) => lines.indexOf(line) !== at || !wanted.includes(line)),
      [],
    );
    for (const name of names) {
      const updates = written.filter(
        ({ resource, object }) => resource === 'servicemirrors/status' && object === `import/${name}`,
      );
      // an update that changes nothing is an update to the audit log, and none to a watch
      const stored = statuses.get(name) ?? [];
      assert.ok(updates.length <= stored.length, `${name}: ${updates.length}, ${stored.join('\n')}`);
    }
    t.diagnostic(`statuses: ${[...statuses.values()].flat().length} for ${names.length} mirrors`);
    const refused = await clusters.london.refusedSince(mark);
    t.diagnostic(`refused: ${refused.map(({ code }, n) => `${code} ${linesOf(refused)[n]}`).join(', ')}`);
    // the API server may store what an operator sent before its death when the next one has read everything
    const late = new Set(
      refused.filter(({ code }) => code >= 500).map(({ resource, object }) => `${resource} ${object}`),
    );
    const conflicts = refused.filter(
      ({ code, resource, object }) =>
        code === 409 && resource !== 'links/status' && !late.has(`${resource} ${object}`),
    );
    assert.deepEqual(linesOf(conflicts), []);
  });

  test('and when the mirrors are deleted, nothing of theirs is left', async () => {
    await inTurns(names, 8, (name) => both.london.deletes(serviceMirrors, name));
    await eventually(async () => {
      for (const resource of [services, endpointSlices] as Resource[])
        assert.equal((await both.london.list(resource)).length, 0, resource.plural);
    }, patience);
  });
});
