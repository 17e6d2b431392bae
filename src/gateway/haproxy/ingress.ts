import { listen } from '../../api/names.js';
import type { Cidr } from '../../net/cidr.js';
import type { ReportTo } from '../../protocol/channel.js';
import type { IngressGateway, IngressState } from '../model.js';
import { readCallers } from './callers.js';
import { type ChannelServer, serveChannel } from './channel.js';
import { openFolder } from './files.js';
import { createEngine } from './gateway.js';
import { PauseError } from './pauses.js';
import { grantsOf, type IngressInput, renderIngress } from './render/ingress.js';
import { fileNames, pathOf, type Pem } from './render/layout.js';
import { cutSessions } from './sessions.js';
import { complete, type HaproxyOptions } from './settings.js';

/** What an ingress gateway is made of. */
export interface IngressOptions extends HaproxyOptions {
  /** @default listen.ingress */
  readonly port?: number;
  /** Networks from which every connection begins with a PROXY protocol header. @default none */
  readonly proxies?: readonly Cidr[];
  /** The domain of our own services' DNS names. @default 'cluster.local' */
  readonly clusterDomain?: string;
  /** What the peer channel tells a link's peer; the same object for as long as nothing changes. */
  readonly peerReport: ReportTo;
}

/**
 * An ingress gateway that HAProxy is; the agent answers on the peer channel alone. `apply` rejects with an AggregateError
 * when peers cannot be trusted, and then the rest is in force, and with another error when HAProxy does not take the state.
 */
export function createIngress(options: IngressOptions): IngressGateway {
  const { clock, log, host, port = listen.ingress, clusterDomain = 'cluster.local', proxies = [] } = options;
  const settings = complete(options, `ingress-${host ?? 'all'}-${port}`);
  const engine = createEngine('ingress', settings, {
    ...{ clock, log, refresh },
    ...(host !== undefined && { host }),
  });
  let channel: ChannelServer | undefined;
  /** Rights that sessions may have; unknown at the start, when sessions may be older than we are. */
  let granted: ReadonlySet<string> | undefined;
  /** The CAs in force. */
  let verified: readonly Pem[] | undefined;
  let input: IngressInput | undefined;
  let closing = false;

  async function apply({ cluster, identity, peers, exports }: IngressState): Promise<void> {
    if (closing) return;
    await engine.layout();
    const { callers, ...read } = readCallers(peers, new Date(clock.now()));
    let { problems } = read;
    channel ??= await startChannel();
    input = { cluster, clusterDomain, identity, callers, exports, port, proxies };
    const grants = grantsOf({ callers, exports });
    try {
      await keep(input);
    } catch (error) {
      // the CAs of peers that are new have to wait, all the rest is in force
      if (!(error instanceof PauseError)) throw error;
      problems = [...problems, error];
    } finally {
      // whatever HAProxy did not take of what is new: what was taken away is over
      await cut(grants);
    }
    granted = grants;
    if (problems.length > 0)
      throw new AggregateError(problems, problems.map(({ message }) => message).join('; '));
  }

  async function keep(wanted: IngressInput): Promise<void> {
    const rendered = renderIngress(wanted, await engine.layout());
    const meanwhile = () => ({ ...rendered, bundles: verified ?? rendered.bundles });
    await engine.keep(rendered, { meanwhile });
    verified = rendered.bundles;
  }

  async function startChannel(): Promise<ChannelServer> {
    await openFolder(settings.directory);
    return serveChannel(pathOf(settings, fileNames.channel), { report: options.peerReport, clock, log });
  }

  /** Only where a right was taken away can there be a session without one. */
  async function cut(grants: ReadonlySet<string>): Promise<void> {
    if (granted !== undefined && [...granted].every((grant) => grants.has(grant))) return;
    const count = await cutSessions(await engine.haproxy.workers(), (grant) => grants.has(grant));
    if (count > 0) log.info('sessions cut', { count });
  }

  async function refresh(again: boolean): Promise<void> {
    await cutLate();
    if (again && input !== undefined && !closing) await keep(input);
  }

  /** An old worker lets a caller whose handshake it began in by what was right then. */
  async function cutLate(): Promise<void> {
    const old = (await engine.haproxy.workers()).filter((worker) => worker.old);
    if (granted === undefined || old.length === 0) return;
    const grants = granted;
    await cutSessions(old, (grant) => grants.has(grant));
  }

  return {
    protocols: new Set(['tcp', 'http']),
    apply: (state) => engine.inTurn(() => apply(state)),
    connections: () => engine.connections(),
    problem: () => engine.problem(),
    async close(graceMs) {
      closing = true;
      await engine.close(graceMs);
      await channel?.close();
    },
  };
}
