import { listen } from '../../../src/api/names.js';
import type { PeerAnswer } from '../../../src/gateway/probe/answers.js';
import { probePeer } from '../../../src/gateway/probe/peer.js';
import type { Exporter } from './exporter.js';

/** The egress gateways of all peers, which ask what they may reach. */
export interface Callers {
  /** Answers so far that held a whole report. */
  readonly told: number;
  readonly asked: number;
  stop(): void;
}

/** Milliseconds between two questions of one gateway: the default of `gateway.probe.period`. */
const period = 3_000;

/** Lets so many gateways of each peer ask, one after the other within a period. @throws when an answer is none */
export function startCallers(
  { paris, peers }: Exporter,
  { address, pods }: { readonly address: string; readonly pods: number },
): Callers {
  let [told, asked, stopped] = [0, 0, false];
  const all = peers.flatMap((peer) => Array.from({ length: pods }, () => peer));
  const timers = all.map((peer, at) => {
    let known: PeerAnswer | undefined;
    const ask = async () => {
      const result = await probePeer(
        {
          ...{ ip: address, port: listen.ingress, identity: peer.egress, now: Date.now() },
          peer: { link: 'paris', cluster: 'paris', caBundle: paris.authority.ca },
          ...(known && { known }),
        },
        AbortSignal.timeout(period),
      );
      if (!result.ok) throw new Error(`the peer channel did not answer: ${result.reason} ${result.message}`);
      asked++;
      if (result.answer !== known) told++;
      known = result.answer;
    };
    let timer: NodeJS.Timeout;
    const again = (ms: number) => {
      timer = setTimeout(() => void ask().then(() => stopped || again(period)), ms);
    };
    again((period * at) / all.length);
    return () => clearTimeout(timer);
  });
  return {
    get told() {
      return told;
    },
    get asked() {
      return asked;
    },
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
    },
  };
}
