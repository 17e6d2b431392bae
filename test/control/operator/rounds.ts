import assert from 'node:assert/strict';
import { conditionOf } from '../../../src/api/conditions.js';
import { links, serviceMirrors } from '../../../src/api/resources.js';
import { aMirror, aService, labelled, named, of, port } from '../../gen/gen.js';
import { linesOf, type Write } from '../../driver/audit.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import type { OperatorClusters } from './clusters.js';

/** Finds out when an operator has looked at everything, and what it has written until then. */
export interface Rounds {
  /** Lets a label go round from Paris to London; then whatever was in line before it has been done. */
  since(mark: number, operator: Operator): Promise<string[]>;
  /** The same, and until its egress gateways had their time to answer, which a new mirror of `tunnel` tells. */
  sinceAsked(mark: number, operator: Operator): Promise<string[]>;
}

/** Longest wait (ms), also for an operator that has just started. */
const patience = 20_000;

/** Makes rounds in a namespace of their own; what these cause is left out of what they tell. */
export async function roundsOf(clusters: OperatorClusters): Promise<Rounds> {
  const { london, paris } = await clusters.namespace('round');
  let rounds = 0;

  async function goRound(operator: Operator): Promise<void> {
    const round = String(++rounds);
    await paris.applies(aService('hello', port(80), labelled({ round })));
    await london.applies(aMirror('hello-mirror'));
    await eventually(async () => {
      const { labels } = (await london.service('hello')).metadata;
      assert.equal(labels?.['round'], round);
    }, patience);
    await operator.rests();
    await linksHaveCounted();
  }

  /** Links count their mirrors a second later. */
  const linksHaveCounted = () =>
    eventually(async () => {
      const { items } = await london.kube.list(serviceMirrors, {});
      for (const name of ['paris', 'tunnel']) {
        const its = items.filter(({ spec }) => spec.cluster === name);
        const ready = its.filter((mirror) => conditionOf(mirror, 'Ready')?.status === 'True');
        const { status } = await london.kube.get(links, name);
        assert.equal(status?.mirrors?.display, `${ready.length}/${its.length}`, name);
      }
    });

  const others = (writes: readonly Write[]) => linesOf(writes).filter((line) => !line.includes(' round/'));

  return {
    async since(mark, operator) {
      await goRound(operator);
      return others(await clusters.london.writtenSince(mark));
    },
    async sinceAsked(mark, operator) {
      await goRound(operator);
      const before = await clusters.london.writtenSince(mark);
      const middle = await clusters.london.audit.mark();
      const name = `tunnelled-${rounds}`;
      await london.applies(aMirror(name, of('tunnel', 'round/hello'), named(name)));
      await london.within(patience).mirrorSays(name, 'Ready=False/NoLocalGateway');
      await operator.rests();
      await linksHaveCounted();
      // the new mirror's port goes on record, and its Link counts it
      const caused = ({ resource, manager }: Write) =>
        resource === 'configmaps' || manager === 'service-mirror-links';
      const after = (await clusters.london.writtenSince(middle)).filter((write) => !caused(write));
      return others([...before, ...after]);
    },
  };
}
