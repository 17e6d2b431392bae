import { isDeepStrictEqual } from 'node:util';
import type { Link } from '../../api/link.js';
import { Probe } from '../../api/link.js';
import { probeSpec } from '../../net/probe/spec.js';
import { probeHttp } from '../../net/probe/http.js';
import { createProber, type Prober, type Round } from '../../net/probe/prober.js';
import type { Resolver } from '../../net/resolve.js';
import type { ProbedGateway } from '../../transport/transport.js';
import type { Clock } from '../../runtime/clock.js';

/** Probes of Linkerd gateways. The operator makes them itself; the egress pods probe our own gateways. */
export interface GatewayProbes {
  /** Probes the gateway of this Link from now on, as its present spec says. */
  ensure(link: Readonly<Link>): void;
  drop(name: string): void;
  /** The result of the last round; undefined: not probed. */
  get(name: string): ProbedGateway | undefined;
  stop(): void;
}

interface Probed {
  link: Readonly<Link>;
  readonly prober: Prober;
  readonly abort: AbortController;
  round?: Round<true>;
}

/** Keeps one prober for each Link of transport linkerd. */
export function createGatewayProbes(options: {
  resolver: Resolver;
  clock: Clock;
  /** Called when an address came, went or changed, or the health did. */
  onChange: (link: string) => void;
}): GatewayProbes {
  const { resolver, clock, onChange } = options;
  const probed = new Map<string, Probed>();

  function start(link: Readonly<Link>): Probed {
    const { name } = link.metadata;
    const abort = new AbortController();
    const current: Probed = {
      link,
      abort,
      prober: createProber<true>({
        resolver,
        clock,
        spec: () => probeSpec(current.link),
        addresses: () => current.link.spec.gateway?.addresses ?? [],
        probe: async ({ ip }, signal) => {
          const { path, port } = { ...new Probe(), ...current.link.spec.gateway?.probe };
          const result = await probeHttp({ ip, port, path }, signal);
          return result.ok ? { ok: true, answer: true } : result;
        },
        onRound: (round) => {
          const before = current.round;
          current.round = round;
          if (before === undefined || summaryOf(before) !== summaryOf(round)) onChange(name);
        },
      }),
    };
    void current.prober.run(abort.signal);
    return current;
  }

  return {
    ensure(link) {
      const { name } = link.metadata;
      const current = probed.get(name);
      if (current === undefined) {
        probed.set(name, start(link));
        return;
      }
      const { spec } = current.link;
      current.link = link;
      // a status that is written must not bring a round forward: a gateway would be lost sooner than its spec says
      if (!isDeepStrictEqual(spec, link.spec)) current.prober.poke();
    },
    drop(name) {
      probed.get(name)?.abort.abort();
      probed.delete(name);
    },
    get(name) {
      const round = probed.get(name)?.round;
      if (round === undefined) return undefined;
      const { healthy, reason, message } = round;
      const addresses = round.endpoints.map((endpoint) => ({
        ip: endpoint.ip,
        port: endpoint.port,
        healthy: endpoint.healthy,
      }));
      return {
        addresses,
        health: { healthy, reason, message: message === '' ? 'the gateway answers' : message },
      };
    },
    stop() {
      for (const { abort } of probed.values()) abort.abort();
    },
  };
}

function summaryOf({ healthy, reason, message, endpoints }: Round<true>): string {
  return JSON.stringify([
    healthy,
    reason,
    message,
    endpoints.map((endpoint) => [endpoint.ip, endpoint.port, endpoint.healthy]),
  ]);
}
