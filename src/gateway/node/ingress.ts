import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { listen } from '../../api/names.js';
import { isInside } from '../../net/cidr.js';
import { createDerived } from '../../runtime/derived.js';
import { createSerial } from '../../runtime/serial.js';
import { trustPeers } from '../../pki/verify.js';
import { type ChannelCaller, createChannel } from '../../protocol/channel.js';
import { inviteName } from '../../protocol/invitation.js';
import { createInvitationChannel } from '../../protocol/invitationchannel.js';
import { tlsOptions, withIssuer } from '../../pki/context.js';
import { servernameOf } from '../../pki/chain.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { Address } from '../../net/address.js';
import type { Export, IngressGateway, IngressSettings, IngressState } from '../model.js';
import { capsOf } from '../caps.js';
import { createUsableIdentity } from '../identity.js';
import { bundleRefused, type NotInForce } from '../outcome.js';
import { type Refusal, uncounted } from '../events.js';
import { createPeerReading } from '../readpeers.js';
import { sourceOf } from '../source.js';
import { type AcceptorHandlers, createAcceptor } from './acceptor.js';
import { connect } from '../tcp/connect.js';
import { admit, type Admission, type Policy, policyOf, stillAdmitted, takesAway } from './policy.js';
import { createSessions } from '../tcp/sessions.js';
import { type End, plainEnd, splice, tlsEnd } from '../tcp/splice.js';
import { createTally } from '../../runtime/tally.js';
import { toldBundles } from './told.js';

/** Milliseconds in which a target must take a connection. */
const connectTimeout = 2_000;

/** An ingress gateway with its port. */
export interface NodeIngress extends IngressGateway {
  /** 0 before the first state is applied. */
  port(): number;
}

/** An ingress gateway on node:net and node:tls. The first `apply` starts listening. */
export function createIngress(given: IngressSettings): NodeIngress {
  const { log, clock, events = uncounted } = given;
  const timing = { clock, timeout: connectTimeout };
  const sessions = createSessions<Admission>(clock);
  const channel = createChannel(given.report, { catalog: given.catalog, clock, log });
  const strangers = given.inviter && createInvitationChannel(given.inviter, { clock, log });
  const caps = capsOf(given.caps ?? {});
  const places = {
    links: createTally(caps.perLink),
    exports: createTally(caps.perExport),
    channels: createTally(caps.channels),
  };
  const handlers: AcceptorHandlers = {
    secured: (socket, below, chain) =>
      void secured(socket, below, chain).catch((error: unknown) => {
        tlsEnd(socket, below).reset();
        log.error('connection failed', { error });
      }),
    failed: (reason, error) => refused(reason, { error }),
  };
  const accepting = {
    ...{ clock, caps, handshakeTimeout: given.handshakeTimeout ?? 10_000 },
    isProxy: isInside(given.proxies ?? []),
    isForStrangers: (servername: string) => isInviting(servername),
  };
  const acceptor = createAcceptor(accepting, handlers);
  const inTurn = createSerial();
  let policy: Policy | undefined;
  /** The server name of invitations, while there are some. */
  let invites: string | undefined;
  const usable = createUsableIdentity();
  const reading = createPeerReading(clock, (peers, now) => {
    const trusted = trustPeers(peers, now);
    return { ...trusted, told: toldBundles(trusted.bundles) };
  });
  const uncarried = createDerived<string, Export, string, NotInForce>();
  let inUse: readonly string[] = [];
  let closing = false;

  async function apply(state: IngressState): Promise<readonly NotInForce[]> {
    if (closing) throw new Error('the ingress gateway was closed');
    const { identity, missing } = usable(state.identity);
    const { callers, told, distrusted } = reading(state.peers);
    useCertificates(identity, told.bundles);
    invites = state.invites === true ? inviteName(state.cluster) : undefined;
    const [before, current] = [policy, policyOf(state, callers)];
    policy = current;
    const count =
      before === undefined || takesAway(before, current)
        ? sessions.cut((admission) => !stillAdmitted(current, admission))
        : 0;
    if (count > 0) log.info('sessions cut', { count });
    if (acceptor.port() === 0) await acceptor.listen(given.port ?? listen.ingress, given.address);
    return [
      ...missing,
      ...distrusted.map(({ link, error }) => bundleRefused(link, error)),
      ...told.left.map(bundleTooLong),
      ...uncarried(current.exports, 'always', (one, serviceId) =>
        one.protocol.kind === 'tcp' ? [] : [[serviceId, notCarried(one)]],
      ).values(),
    ];
  }

  /** Reading certificates is the costly part of a state, and most states have the same ones. */
  function useCertificates(identity: KeyPair, bundles: readonly string[]): void {
    const input = [identity.cert, identity.key, ...bundles];
    if (input.length === inUse.length && input.every((text, index) => text === inUse[index])) return;
    acceptor.use(tlsOptions(withIssuer(identity), bundles));
    inUse = input;
  }

  async function secured(
    socket: TLSSocket,
    below: Socket | undefined,
    chain: readonly Buffer[],
  ): Promise<void> {
    const far = tlsEnd(socket, below);
    const client = {
      chain,
      servername: servernameOf(socket),
    };
    if (isInviting(client.servername ?? '')) {
      const ip = socket.remoteAddress ?? '';
      return strangers?.serve(socket, { ip, source: sourceOf(ip) });
    }
    const admission = policy
      ? admit(policy, client, new Date(clock.now()))
      : { refusal: 'UnknownPeer' as const };
    if ('refusal' in admission) {
      far.reset();
      return refused(admission.refusal, { ...admission, servername: client.servername });
    }
    const leave = enter(admission);
    if (leave === undefined) {
      far.reset();
      return refused('TooMany', { link: admission.link });
    }
    const cut = new AbortController();
    const end = sessions.open(admission, () => {
      cut.abort(new Error('no longer allowed'));
      far.reset();
    });
    socket.once('close', () => cut.abort(new Error('the peer left')));
    try {
      if (admission.target) await carry(far, { ...admission, target: admission.target }, cut.signal);
      else await serveChannel(socket, admission);
    } finally {
      end();
      leave();
    }
  }

  /** Host names are case-insensitive (RFC 6066 section 3). */
  function isInviting(servername: string): boolean {
    return strangers !== undefined && servername.toLowerCase() === invites;
  }

  /**
   * Takes the places of a session in its link's and its export's connections; returns a function that frees them, or
   * undefined when there are none.
   */
  function enter({ link, role, servername, target }: Admission): (() => void) | undefined {
    const ofLink = places.links.take(link);
    // all peers share the name of the peer channel, so none may fill it; nor may an operator take the probes' places
    const ofExport = target ? places.exports.take(servername) : places.channels.take(`${link}|${role}`);
    const leave = () => {
      ofLink?.();
      ofExport?.();
    };
    if (ofLink && ofExport) return leave;
    leave();
    return undefined;
  }

  async function carry(
    far: End,
    { link, target }: Admission & { target: Address },
    signal: AbortSignal,
  ): Promise<void> {
    let near: Socket;
    try {
      near = await connect({ ip: target.host, port: target.port }, timing, signal);
    } catch (error) {
      far.reset();
      if (signal.aborted) return;
      const isRefused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
      return refused(isRefused ? 'TargetRefused' : 'TargetUnreachable', { link, target, error });
    }
    events.opened(link);
    await splice(far, plainEnd(near));
    events.moved(link, { sent: near.bytesRead, received: near.bytesWritten });
    events.closed(link);
  }

  function serveChannel(socket: TLSSocket, caller: ChannelCaller): Promise<void> {
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      channel.serve(socket, caller);
    });
  }

  function refused(
    reason: Refusal,
    fields: { readonly link?: string; readonly [field: string]: unknown },
  ): void {
    events.refused(reason, fields.link);
    log.debug('connection refused', { reason, ...fields });
  }

  return {
    apply: (state) => inTurn(() => apply(state)),
    port: () => acceptor.port(),
    connections: () => sessions.size,
    async close(graceMs) {
      closing = true;
      await inTurn(async () => acceptor.stop());
      await sessions.drained(graceMs);
      sessions.cut(() => true);
      acceptor.destroyAll();
    },
  };
}

function bundleTooLong(link: string): NotInForce {
  const message = `link ${link}: the names of its CAs are too long to be told to clients beside those of others`;
  return { kind: 'link', link, reason: 'BundleTooLong', message };
}

/**
 * A caller's own claim of its identity must not pass as ours: an implementation that cannot replace the header does
 * not serve exports that rely on it.
 */
function notCarried({ serviceId, target }: Export): NotInForce {
  const message = `the HTTP export of ${target.host} port ${target.port} is not served: this gateway carries bytes alone; run it with --implementation haproxy, or remove the annotation linkerd.io/export-protocol`;
  return { kind: 'export', serviceId, reason: 'ProtocolUnsupported', message };
}
