import assert from 'node:assert/strict';
import type { Imports } from '../../../../src/api/link.js';
import { keys } from '../../../../src/api/names.js';
import type { KubeObject } from '../../../../src/api/objects.js';
import { serviceMirrors } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import type { NamespaceDriver } from '../../../driver/namespace.js';
import { aService, aSlice, endpoint, importing, labelled, port } from '../../../gen/gen.js';
import type { OperatorClusters } from '../clusters.js';

/** Links of London to Paris that import automatically. */
export function automaticLinks(clusters: () => OperatorClusters) {
  return {
    /**
     * Makes a Link of that name for what has a label with that value; resolves with a function that builds such a
     * Service and its slice.
     */
    linked: async (
      name: string,
      imports: Partial<Imports> = {},
    ): Promise<(service: string) => Readonly<KubeObject>[]> => {
      const selector = { matchLabels: { team: name } };
      const kubeconfig = await clusters().paris.access('peer-london');
      await clusters().link(name, kubeconfig, importing({ selector, automatic: true, ...imports }));
      return (service) => [
        aService(service, port(80), labelled({ team: name })),
        aSlice(service, endpoint('10.9.0.1'), labelled({ [keys.serviceName]: service, team: name })),
      ];
    },
    /** Waits until a namespace has these mirrors. */
    mirrorsAre: (where: NamespaceDriver, ...names: string[]) =>
      eventually(async () => {
        const found = (await where.list(serviceMirrors)).map(({ metadata }) => metadata.name).toSorted();
        assert.deepEqual(found, names);
      }),
  };
}
