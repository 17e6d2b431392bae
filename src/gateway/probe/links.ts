import type { Clock } from '../../runtime/clock.js';
import { writeAddress, type Address } from '../../net/address.js';
import type { Resolver } from '../../net/resolve.js';
import { createProber, type Prober, type Round } from '../../net/probe/prober.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { LinkReport } from '../../protocol/applied.js';
import type { Peer } from '../../protocol/peer.js';
import type { PeerReport } from '../../protocol/report.js';
import { createAnswers, type Said } from './answers.js';
import { createAnswerTime } from './answertime.js';
import { probePeer } from './peer.js';

/** The links as an egress gateway sees them. */
export interface LinkProbes {
  /** Probes these peers from now on, with this certificate; forgets all other peers. */
  update(peers: readonly Peer[], identity: KeyPair): void;
  /** Addresses of a link that answered the last probe: hosts as the peer names them, and their IPs. */
  answering(link: string): readonly Address[];
  close(): void;
}

/** How links are probed. */
export interface LinkProbesOptions {
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** @default probePeer */
  readonly probe?: typeof probePeer;
  /** @default Math.random */
  readonly random?: () => number;
  /** Called with the reports of all links whenever one may have changed. */
  readonly onReports: (reports: ReadonlyMap<string, LinkReport>) => void;
}

interface Watched {
  peer: Peer;
  identity: KeyPair;
  readonly prober: Prober;
  readonly stop: () => void;
}

/** Probes the gateways of all peers, each on its own. */
export function createLinkProbes(options: LinkProbesOptions): LinkProbes {
  const { onReports } = options;
  const watched = new Map<string, Watched>();
  const answering = new Map<string, readonly Address[]>();
  let reports: ReadonlyMap<string, LinkReport> = new Map();

  function report(link: string, value: LinkReport | undefined): void {
    const all = new Map(reports);
    if (value === undefined) all.delete(link);
    else all.set(link, value);
    reports = all;
    onReports(reports);
  }

  function forget(link: string): void {
    watched.get(link)?.stop();
    watched.delete(link);
    answering.delete(link);
    report(link, undefined);
  }

  function start(peer: Peer, identity: KeyPair): void {
    const stopping = new AbortController();
    const { link } = peer;
    const current: Watched = {
      ...{ peer, identity, stop: () => stopping.abort() },
      prober: proberOf(
        options,
        () => current,
        (round, answersIn) => {
          answering.set(link, answeringIn(round));
          const times = answersIn === undefined ? {} : { answersIn };
          report(link, { ...reportOf(round, reports.get(link)), ...times });
        },
      ),
    };
    watched.set(link, current);
    report(link, { healthy: false, answering: [] });
    void current.prober.run(stopping.signal);
  }

  return {
    update(peers, identity) {
      const wanted = new Map(peers.map((peer) => [peer.link, peer]));
      for (const [link, { peer }] of watched) if (wanted.get(link)?.cluster !== peer.cluster) forget(link);
      for (const peer of peers) {
        const current = watched.get(peer.link);
        if (current === undefined) start(peer, identity);
        else if (current.peer !== peer || current.identity !== identity) {
          Object.assign(current, { peer, identity });
          current.prober.poke();
        }
      }
    },
    answering: (link) => answering.get(link) ?? [],
    close() {
      for (const { stop } of watched.values()) stop();
      watched.clear();
    },
  };
}

/**
 * A prober that remembers what each address has answered, so that an unchanged answer costs little, and how long the
 * quickest one took.
 */
function proberOf(
  options: LinkProbesOptions,
  current: () => Watched,
  onRound: (round: Round<Said>, answersIn: number | undefined) => void,
): Prober {
  const { resolver, clock, probe = probePeer, random = Math.random } = options;
  const answers = createAnswers();
  const smooth = createAnswerTime();
  /** Of the answers of a round. */
  let quickest = Infinity;
  return createProber<Said>({
    ...{ resolver, clock, random },
    spec: () => current().peer.probe,
    addresses: () => current().peer.addresses,
    published: () => current().peer.published,
    async probe({ ip, port }, signal) {
      const { peer, identity } = current();
      const address = `${ip} ${port}`;
      const known = answers.of(address);
      const asked = clock.monotonic();
      const result = await probe(
        { ip, port, peer, identity, now: clock.now(), ...(known !== undefined && { known }) },
        signal,
      );
      if (!result.ok) {
        answers.forget(address);
        return result;
      }
      quickest = Math.min(quickest, clock.monotonic() - asked);
      return { ok: true, answer: answers.take(address, result.answer) };
    },
    onRound(round) {
      answers.keep(new Set(round.endpoints.map(({ ip, port }) => `${ip} ${port}`)));
      const answersIn = quickest === Infinity ? undefined : smooth(quickest);
      quickest = Infinity;
      onRound(round, answersIn);
    },
  });
}

function answeringIn(round: Round<Said>): Address[] {
  return round.endpoints.flatMap(({ result, host, ip, port }) =>
    result.ok
      ? [
          { host, port },
          { host: ip, port },
        ]
      : [],
  );
}

/**
 * The first report, with the CAs that all answering gateways accept: while a CA is rotated, gateways of a peer may
 * differ.
 */
function agreed(said: readonly Said[]): PeerReport | undefined {
  const first = said.find(({ report }) => report !== undefined)?.report;
  const accepted = first?.caFingerprints.filter((print) =>
    said.every(({ caFingerprints }) => caFingerprints.includes(print)),
  );
  return first === undefined || accepted?.length === first.caFingerprints.length
    ? first
    : { ...first, caFingerprints: accepted ?? [] };
}

/** The result of one round, with the last good answer if there was none. */
function reportOf(round: Round<Said>, before: LinkReport | undefined): LinkReport {
  const answered = round.endpoints.flatMap(({ result }) => (result.ok ? [result.answer] : []));
  const peer = agreed(answered) ?? before?.peer;
  return {
    healthy: round.healthy,
    reason: round.reason,
    ...(round.message !== '' && { message: round.message }),
    answering: [
      ...new Set(
        round.endpoints.flatMap(({ result, host, port }) =>
          result.ok ? [writeAddress({ host, port })] : [],
        ),
      ),
    ],
    ...(peer !== undefined && { peer }),
  };
}
