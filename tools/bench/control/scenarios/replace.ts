import { portBounds } from '../../../../src/transport/shares.js';
import { egressHosts } from '../objects.js';
import { turn, watching, withImported, type Separate } from './imported.js';

/**
 * An egress pod is replaced, as by a rollout: another one comes, then the first one leaves. More mirrors than one Link
 * can have ports for are those of two.
 */
export const replace: Separate = (context, name) => {
  const { services: mirrors } = context.plan;
  const links = mirrors > portBounds.link ? 2 : 1;
  const over = links === 1 ? 'egress gateways' : 'egress gateways and two Links';
  const setup = { name, title: `import over ${over}`, mirrors, links, transport: 'gateway' } as const;
  return withImported(context, setup, (imported) =>
    watching(imported.london, async (watcher) => {
      const { egress } = imported.london;
      const [leaving, , coming] = egressHosts;
      const after = async (work: Promise<void> | undefined) => {
        await work;
        return performance.now();
      };
      const come = await context.step(`${name}: an egress pod comes`, () =>
        turn(
          imported,
          () => after(egress?.start(coming)),
          () => watcher.listed(coming, mirrors),
        ),
      );
      const gone = await context.step(`${name}: an egress pod leaves`, () =>
        turn(
          imported,
          () => after(egress?.leave(leaving)),
          () => watcher.listed(leaving, 0),
        ),
      );
      return { replace: { import: imported.figures, come, gone } };
    }),
  );
};
