import type { Namespace } from '../../api/objects.js';
import { namespaces } from '../../api/resources.js';
import type { Applier } from '../../runtime/apply.js';
import type { Outcome, Refusals } from '../refusals.js';

/** Makes namespaces for automatic mirrors. */
export interface NamespaceMaker {
  /** Many Services may want one at the same time: then it is made once, and a refusal is fresh for one of them. */
  readonly make: (namespace: Namespace) => Promise<Outcome>;
}

/** Starts without any. */
export function createNamespaceMaker(o: {
  readonly applier: Pick<Applier, 'once'>;
  readonly refusals: Pick<Refusals, 'attempt' | 'forget'>;
}): NamespaceMaker {
  const underWay = new Map<string, Promise<Outcome>>();

  async function attempt(namespace: Namespace): Promise<Outcome> {
    const { name } = namespace.metadata;
    const key = `namespace ${name}`;
    const outcome = await o.refusals.attempt({
      ...{ key, part: 'mirror', what: `Namespace "${name}"`, wish: namespace },
      write: async () => [await o.applier.once(namespaces, namespace)],
    });
    if (outcome.kind === 'done') o.refusals.forget(key);
    return outcome;
  }

  return {
    make: async (namespace) => {
      const { name } = namespace.metadata;
      const other = underWay.get(name);
      if (other !== undefined) return { ...(await other), fresh: false };
      const its = attempt(namespace);
      underWay.set(name, its);
      try {
        return await its;
      } finally {
        underWay.delete(name);
      }
    },
  };
}
