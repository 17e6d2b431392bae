import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { listen } from '../../../src/api/names.js';
import { createUsableIdentity } from '../../../src/gateway/identity.js';
import { exportsById } from '../../../src/gateway/exports.js';
import type { Export, IngressGateway, IngressSettings, IngressState } from '../../../src/gateway/model.js';
import { bundleRefused, type NotInForce } from '../../../src/gateway/outcome.js';
import { createChains, servernameOf } from '../../../src/pki/chain.js';
import { tlsOptions, withIssuer } from '../../../src/pki/context.js';
import { identify, type PeerRole, type Trust, trustPeers } from '../../../src/pki/verify.js';
import { createChannel } from '../../../src/protocol/channel.js';
import { peerChannelName, serviceIdIn } from '../../../src/protocol/serviceid.js';
import { carry, type End, Live, reset } from './carry.js';

/** What a connection was let in for. */
interface Right {
  readonly link: string;
  readonly role: PeerRole;
  readonly name: string;
  /** Of the peer: a link may come to stand for another one. */
  readonly cluster: string;
}

/** An ingress gateway on node:net and node:tls that carries bytes and bounds nothing. */
export function createIngress({
  port = listen.ingress,
  address,
  clock,
  log,
  report,
  catalog,
}: IngressSettings): IngressGateway {
  const usable = createUsableIdentity();
  const channel = createChannel(report, { catalog, clock, log });
  const chains = createChains();
  const live = new Live<Right>();
  const below = new Map<number, Socket>();
  let state: IngressState | undefined;
  let exports = exportsById([]);
  let trust: Trust = new Map();

  const tls = createTlsServer({
    requestCert: true,
    rejectUnauthorized: false,
    SNICallback: chains.onServerName,
  });
  const tcp = createTcpServer((socket) => {
    const { remotePort = 0 } = socket.on('error', () => {});
    below.set(remotePort, socket);
    socket.once('close', () => below.delete(remotePort));
    tls.emit('connection', socket);
  });
  tls.on('tlsClientError', (_error, socket) => socket.destroy());
  tls.on('secureConnection', (socket) => {
    socket.on('error', () => {}).allowHalfOpen = true;
    const end: End = { stream: socket, below: below.get(socket.remotePort ?? 0) ?? socket };
    const right = rightOf(socket);
    if (right === undefined || !isGranted(right)) return reset(end);
    live.add(end, right);
    const exported = exportOf(right);
    if (exported === undefined) return void channel.serve(socket, right);
    const { host, port } = exported.target;
    const target = connect({ host, port, allowHalfOpen: true, noDelay: true });
    carry(end, { stream: target, below: target });
  });

  /** Who calls, and what for; undefined: nobody that we know. */
  function rightOf(socket: TLSSocket): Right | undefined {
    const who = socket.authorized ? identify(chains.of(socket), trust, new Date(clock.now())) : undefined;
    if (who === undefined || 'refusal' in who) return undefined;
    const cluster = state?.peers.find(({ link }) => link === who.link)?.cluster ?? '';
    return { link: who.link, role: who.role, name: (servernameOf(socket) ?? '').toLowerCase(), cluster };
  }

  function isGranted(right: Right): boolean {
    const isPeer = state?.peers.some(({ link, cluster }) => link === right.link && cluster === right.cluster);
    const isChannel = right.name === peerChannelName(state?.cluster ?? '');
    return isPeer === true && (isChannel || exportOf(right) !== undefined);
  }

  function exportOf({ link, role, name }: Right): Export | undefined {
    const exported = exports.get(serviceIdIn(name, state?.cluster ?? '') ?? '');
    return exported?.protocol.kind === 'tcp' && role === 'gateway' && exported.allow.has(link)
      ? exported
      : undefined;
  }

  return {
    async apply(next) {
      const { identity, missing } = usable(next.identity);
      const trusted = trustPeers(next.peers, new Date(clock.now()));
      const [told, untold] = partedByRoom(trusted.bundles);
      tls.setSecureContext(tlsOptions(withIssuer(identity), told));
      state = next;
      exports = exportsById(next.exports);
      trust = trusted.callers;
      live.cut((right) => !isGranted(right));
      if (!tcp.listening) await new Promise<void>((done) => tcp.listen(port, address, done));
      const unserved = [...exports.values()].filter(({ protocol }) => protocol.kind !== 'tcp');
      return [
        ...missing,
        ...trusted.distrusted.map(({ link, error }) => bundleRefused(link, error)),
        ...untold.map((link): NotInForce => {
          return { kind: 'link', link, reason: 'BundleTooLong', message: `link ${link}: no room` };
        }),
        ...unserved.map(({ serviceId }): NotInForce => {
          return {
            kind: 'export',
            serviceId,
            reason: 'ProtocolUnsupported',
            message: 'it carries bytes alone',
          };
        }),
      ];
    },
    connections: () => live.size,
    async close(graceMs) {
      tcp.close();
      await live.drain(graceMs, clock);
    },
  };
}

/** node:tls tells every client the names of all CAs, in a list that may have 64 KiB: the longest bundles are left out. */
function partedByRoom(bundles: ReadonlyMap<string, string>): [told: string[], untold: string[]] {
  let room = 48 * 1024;
  const byLength = [...bundles].toSorted(([, a], [, b]) => a.length - b.length);
  const parted = Map.groupBy(byLength, ([, text]) => (room -= text.length) > 0);
  return [(parted.get(true) ?? []).map(([, text]) => text), (parted.get(false) ?? []).map(([link]) => link)];
}
