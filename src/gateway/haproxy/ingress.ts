import { listen } from '../../api/names.js';
import { differing } from '../../runtime/immutable.js';
import { createUsableIdentity } from '../identity.js';
import type { GatewayEvents } from '../events.js';
import type { IngressGateway, IngressSettings, IngressState } from '../model.js';
import { longestVisit } from '../../protocol/invitationchannel.js';
import { isSameOutcome, type NotInForce, type PartKind } from '../outcome.js';
import { createPeerReading } from '../readpeers.js';
import { type Caller, readCallers } from './callers.js';
import { type ChannelServer, serveChannel, serveStrangers, type StrangersServer } from './channel.js';
import { openFolder } from './files.js';
import { createEngine } from './gateway.js';
import { waitsFor } from './meanwhile.js';
import { type IngressInput, renderIngress } from './render/ingress.js';
import { fileNames, pathOf, type Rendered } from './render/layout.js';
import { createRights, type Rights } from './render/rights.js';
import { strangersBackend } from './render/strangers.js';
import { cutSessions, endOldSessions } from './sessions.js';
import { complete, type HaproxySettings } from './settings.js';

/** An ingress gateway on HAProxy; the agent answers only the peer channel. */
export function createIngress(given: IngressSettings, own: HaproxySettings = {}): IngressGateway {
  const { clock, log, address, port = listen.ingress, clusterDomain = 'cluster.local' } = given;
  const { proxies = [], onChange = () => {} } = given;
  const chosen = complete(given, own, `ingress-${address ?? 'all'}-${port}`);
  const events: GatewayEvents = {
    ...chosen.events,
    reloaded() {
      chosen.events.reloaded?.();
      // catalogs are read for an hour, for which the worker before would stay
      channel?.renew();
    },
  };
  const settings = { ...chosen, events };
  const engine = createEngine('ingress', settings, {
    ...{ clock, log, refresh },
    ...(address !== undefined && { host: address }),
  });
  const usable = createUsableIdentity();
  const callersOf = createPeerReading(clock, readCallers);
  let channel: ChannelServer | undefined;
  let strangers: StrangersServer | undefined;
  const rightsOf = createRights(clusterDomain);
  /** The grants of sessions; unknown at the start, when sessions may be older than we are. */
  let granted: Rights['grants'] | undefined;
  /** The CAs in force, with their peers. */
  let verified: Pick<Rendered, 'bundles' | 'parts'> | undefined;
  let input: IngressInput | undefined;
  /** The parts of the last state that have to wait. */
  let told: readonly NotInForce[] = [];
  let closing = false;

  async function apply({ cluster, peers, exports, ...state }: IngressState): Promise<readonly NotInForce[]> {
    if (closing) throw new Error('the ingress gateway was closed');
    await engine.layout();
    const { identity, missing: unusable } = usable(state.identity);
    const { callers, missing } = callersOf(peers);
    channel ??= await startChannel();
    strangers ??= await startStrangers();
    const rights = rightsOf({ callers, exports, cluster });
    const invites = state.invites === true && strangers !== undefined;
    input = { cluster, identity, callers, rights, port, proxies, invites };
    const { grants } = rights;
    let waiting: readonly NotInForce[];
    try {
      waiting = await keep(input);
    } finally {
      // even if HAProxy has refused new parts, sessions of withdrawn ones are over
      await cut(grants);
    }
    granted = grants;
    told = waiting;
    return [...unusable, ...missing, ...waiting];
  }

  /** Returns what has to wait for a reload. @throws when none of it is in force */
  async function keep(wanted: IngressInput): Promise<readonly NotInForce[]> {
    const rendered = renderIngress(wanted, await engine.layout());
    const { bundles, parts } = rendered;
    const meanwhile = () => ({ ...rendered, ...verified });
    const pause = await engine.keep(rendered, { meanwhile });
    if (pause !== undefined)
      return partsOf(wanted, rendered, pause.files).map((part) => waitsFor(part, pause));
    verified = { bundles, parts };
    return [];
  }

  /** The parts in waiting files: new or changed CAs of peers, and our own certificate. */
  function partsOf({ callers }: IngressInput, rendered: Rendered, files: readonly string[]): PartKind[] {
    const before = verified?.parts();
    const isFresh = ({ link, caBundle }: Caller) => before?.get(link) !== caBundle;
    const fresh = files.includes(rendered.certificate.path) ? [{ kind: 'certificate' } as const] : [];
    // before the first CAs, nothing is known of the CAs that an older HAProxy trusts
    const waiting = files.some((file) => file !== rendered.certificate.path) ? callers.filter(isFresh) : [];
    return [...fresh, ...waiting.map(({ link }): PartKind => ({ kind: 'bundle', link }))];
  }

  async function startChannel(): Promise<ChannelServer> {
    await openFolder(settings.directory);
    const { report, catalog } = given;
    return serveChannel(pathOf(settings, fileNames.channel), { report, catalog, clock, log });
  }

  async function startStrangers(): Promise<StrangersServer | undefined> {
    const { inviter } = given;
    return inviter && serveStrangers(pathOf(settings, fileNames.strangersSocket), { inviter, clock, log });
  }

  /** HAProxy waits for the end of a client that it has answered, and a stranger may never send it. */
  async function endStrangers(): Promise<void> {
    const last = strangers?.lastCame();
    if (last === undefined || clock.monotonic() - last > 4 * longestVisit) return;
    const seconds = (2 * longestVisit) / 1000;
    await endOldSessions(await engine.haproxy.workers(), { backend: strangersBackend, seconds });
  }

  /** Only after the withdrawal of a grant there can be a session without one. */
  async function cut(grants: Rights['grants']): Promise<void> {
    if (granted !== undefined && differing(granted, grants).every((grant) => grants.has(grant))) return;
    const count = await cutSessions(await engine.haproxy.workers(), (grant) => grants.has(grant));
    if (count > 0) log.info('sessions cut', { count });
  }

  async function refresh(again: boolean): Promise<void> {
    await cutLate();
    await endStrangers();
    if (!again || input === undefined || closing) return;
    const waiting = await keep(input);
    if (!isSameOutcome(waiting, told)) onChange();
  }

  /** An old worker admits a caller by the grants at the start of its handshake. */
  async function cutLate(): Promise<void> {
    const old = (await engine.haproxy.workers()).filter((worker) => worker.old);
    if (granted === undefined || old.length === 0) return;
    const grants = granted;
    await cutSessions(old, (grant) => grants.has(grant));
  }

  return {
    apply: (state) => engine.inTurn(() => apply(state)),
    connections: () => engine.connections(),
    problem: () => engine.problem(),
    async close(graceMs) {
      closing = true;
      await engine.close(graceMs);
      await channel?.close();
      await strangers?.close();
    },
  };
}
