import { createAuthority } from '../../../src/pki/ca.js';
import type { Transport } from '../../../src/api/link.js';
import { links as linkResource, secrets, serviceMirrors } from '../../../src/api/resources.js';
import { kubeconfigOf } from '../../clusters/kubeconfig.js';
import { inTurns } from '../../clusters/turns.js';
import type { BareAccess } from './bareclient.js';
import { createEgressPods, type EgressPods } from './egresspods.js';
import {
  credentialsOf,
  egressHosts,
  linkName,
  linkOf,
  mirrorOf,
  shareOf,
  type Layout,
  type LinkTransport,
} from './objects.js';
import { openPlane, type Plane } from './plane.js';

/** What is in a London before anything runs there. */
export interface LondonSetup {
  readonly mirrors: number;
  /**
   * Links that share them: each has one namespace of Paris if there are as many, and two have every other service each.
   * @default one, which takes everything
   */
  readonly links?: number;
  /** With `gateway`, the first two egress pods run. @default 'linkerd' */
  readonly transport?: Transport;
  /** Nobody writes the mirrors: the Link imports automatically, under the names that they have otherwise. */
  readonly automatic?: true;
  /** Nobody writes the mirrors: all Links federate, and lead to as many clusters that have the same services. */
  readonly federated?: true;
  /** Labels of the Services that the Link takes. @default those of all mirrored ones */
  readonly selects?: Readonly<Record<string, string>>;
}

/** A cluster that mirrors. */
export interface London extends Plane {
  readonly setup: LondonSetup;
  /** Only with transport gateway. */
  readonly egress: EgressPods | undefined;
  /** Creates mirrors from a number on, up to before another. */
  addMirrors(first: number, end: number): Promise<void>;
}

/** Where a London finds Paris. */
export interface ToParis {
  readonly layout: Layout;
  readonly access: BareAccess;
  /** Of Linkerd's gateway, which answers probes. */
  readonly probePort: number;
}

/** Starts one. */
export async function openLondon(setup: LondonSetup, { layout, ...paris }: ToParis): Promise<London> {
  const { mirrors, links = 1, transport = 'linkerd', automatic, federated, selects } = setup;
  const plane = await openPlane(layout);
  const { kube } = plane;
  let egress: EgressPods | undefined;
  const addMirrors = (first: number, end: number) =>
    inTurns(Array(end - first).keys(), 32, async (n) => {
      await kube.create(serviceMirrors, mirrorOf(first + n, layout, links));
    });
  try {
    for (let n = 0; n < links; n++) {
      const name = linkName(n, links);
      const over = await transportOf(transport, { peer: name, probePort: paris.probePort });
      await kube.create(secrets, credentialsOf(name, kubeconfigOf({ name, ...paris.access })));
      const wishes = { name, over, ...(automatic && { automatic }), ...(federated && { federated }) };
      const takes = links === 1 || federated ? { ...(selects && { selects }) } : shareOf(n, links, layout);
      await kube.create(linkResource, linkOf({ ...wishes, ...takes }));
    }
    if (!automatic && !federated) await addMirrors(0, mirrors);
    if (transport === 'gateway') {
      egress = await createEgressPods(kube, { layout, links });
      for (const address of egressHosts.slice(0, 2)) await egress.start(address);
    }
  } catch (error) {
    await egress?.close();
    await plane.close();
    throw error;
  }
  return {
    ...{ ...plane, setup, egress, addMirrors },
    async close() {
      await egress?.close();
      await plane.close();
    },
  };
}

async function transportOf(
  transport: Transport,
  { peer, probePort }: { readonly peer: string; readonly probePort: number },
): Promise<LinkTransport> {
  if (transport === 'flat') return { transport };
  if (transport === 'linkerd') return { transport, probePort };
  const { ca } = await createAuthority(peer, { now: new Date() });
  return { transport, peer, caBundle: ca };
}
