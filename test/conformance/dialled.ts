import type { IngressState } from '../../src/gateway/model.js';
import { createDialIn, type DialIn } from '../../src/gateway/reverse/dialin.js';
import { createDialOut, type DialOut } from '../../src/gateway/reverse/dialout.js';
import { createResolver } from '../../src/net/resolve.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import type { Peer } from '../../src/protocol/peer.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silent } from '../../src/runtime/log.js';
import { eventually } from '../driver/eventually.js';
import { type Nat, startNat } from './nat.js';
import { freePort } from './ports.js';

/** The agents' part of a pair in which the exporter opens all connections. */
export interface Dialled {
  readonly dialIn: DialIn;
  readonly dialOut: DialOut;
  /** What stands between both, and may forget connections. */
  readonly nat: Nat;
  /** What the caller's gateway is told of its peers, where `exporter` dials in. */
  forCaller(peers: readonly Peer[], identity: KeyPair): Promise<readonly Peer[]>;
  /** What the exporter is told. */
  tellExporter(state: Pick<IngressState, 'cluster' | 'identity' | 'peers'>): void;
  /** Resolves when the exporter has dialled in; in the end also when it has not, since it may not. */
  settled(): Promise<void>;
  close(): void;
}

/** Where both sides are. */
export interface DialledOptions {
  readonly host: string;
  /** How the caller calls its link to the exporter. */
  readonly link: string;
  /** Names of both clusters. */
  readonly caller: string;
  readonly exporter: string;
  readonly ingressPort: number;
}

/** Puts a pool of connections that the exporter dials between both gateways. */
export async function startDialled(options: DialledOptions): Promise<Dialled> {
  const { host, link, caller, exporter, ingressPort } = options;
  const [hub, port] = [await freePort(host), await freePort(host)];
  const nat = await startNat(host, port, hub);
  const common = { clock: systemClock, log: silent };
  const dialIn = createDialIn({ ...common, pod: 'hub-0', address: host, port: hub, onChange: () => {} });
  const dialOut = createDialOut({
    ...{ ...common, pod: 'edge-0', resolver: createResolver({ clock: systemClock }) },
    ingress: { host, port: ingressPort, proxies: [] },
  });
  /** Whether each side knows the other. */
  const knows = { caller: false, exporter: false };
  const made = new WeakMap<Peer, Peer>();
  const once = (peer: Peer, how: Partial<Peer>) => {
    const found = made.get(peer) ?? { ...peer, ...how };
    made.set(peer, found);
    return found;
  };
  return {
    dialIn,
    dialOut,
    nat,
    async forCaller(peers, identity) {
      knows.caller = peers.some(({ cluster }) => cluster === exporter);
      const all = peers.map((peer) => (peer.cluster === exporter ? once(peer, { dialsIn: true }) : peer));
      return (await dialIn.update(all, identity)).peers;
    },
    tellExporter({ cluster, identity, peers }) {
      knows.exporter = peers.some((peer) => peer.cluster === caller);
      dialOut.update(
        peers.map((peer) => (peer.cluster === caller ? once(peer, { dialAt: [{ host, port }] }) : peer)),
        { cluster, identity },
      );
    },
    async settled() {
      const isAgreed = knows.caller && knows.exporter;
      if (isAgreed) await eventually(() => (dialIn.members(link) ?? 0) > 0, 4_000).catch(() => {});
    },
    close() {
      dialOut.close();
      dialIn.close();
      nat.close();
    },
  };
}
