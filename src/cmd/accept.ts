import { hostname } from 'node:os';
import { stringify } from 'yaml';
import { timestamp } from '../api/conditions.js';
import type { Exports, Imports, Link } from '../api/link.js';
import { managedBy, ownNames } from '../api/names.js';
import { parseLink } from '../api/parse.js';
import { configMaps, links } from '../api/resources.js';
import { wordsOf } from '../api/wording.js';
import { writeAddress } from '../net/address.js';
import { readCertificates } from '../pki/bundle.js';
import { keyPinOf, pinnedCa } from '../pki/keypin.js';
import { decodePeer, type Identity } from '../protocol/identity.js';
import type { InvitationAnswer } from '../protocol/invitation.js';
import { readCode, type InviteCode } from '../protocol/invitecode.js';
import { whyNot } from '../protocol/redemption.js';
import { recorder } from '../runtime/events.js';
import type { KubeClient } from '../runtime/kube.js';
import { askInviter, LostError, type InviterConnection } from './askinviter.js';
import { isThere, readOwnIdentity, type CommandOptions } from './invite.js';
import { linkDocument } from './printlink.js';

/** The options of the command `accept`, out of its flags. */
export interface AcceptFlags {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly code: string;
  /** Name of our Link. @default the other cluster's own name */
  readonly name?: string;
  /** Only shows what would be taken over. */
  readonly dryRun: boolean;
  readonly imports?: Imports;
  readonly exports?: Exports;
}

/** Tries to redeem an invitation when the answer is lost, and milliseconds between two. */
const mostTries = 3;
const pause = 1_000;

/**
 * Redeems the code of an invitation and prints our Link to the cluster that made it; who runs the command applies it. The
 * secret travels only to a gateway whose certificate stands under a CA that the code names.
 */
export async function accept(flags: AcceptFlags, options: CommandOptions): Promise<void> {
  const { kube, clock, print, say } = options;
  const code = readCode(flags.code);
  if (code.expires <= clock.now())
    throw new Error(`the invitation has ended at ${timestamp(code.expires)}: ask for another one`);
  const own = await readOwnIdentity({ kube, clock, namespace: flags.namespace });
  if (own.cluster === code.cluster)
    throw new Error(`cluster ${own.cluster} has made this invitation itself: accept it in the other cluster`);
  const name = flags.name ?? code.cluster;
  if (await isThere(kube, name))
    throw new Error(`there is a Link ${name} already: give another --name, or delete it`);

  const inviter = await askInviter(code, clock);
  const look = await inviter.ask({ act: 'look', identity: own });
  const link = linkFor(code, { name, flags, answer: look });
  await judge(look.identity, { own, name, flags, options });
  const shown = { chain: inviter.chain, now: new Date(clock.now()) };
  const proof = provenBy(code, shown, look.identity);
  say(`cluster  ${code.cluster} (UID ${look.identity.uid}), at ${writeAddress(inviter.address)}`);
  say(`CA       ${proof}`);
  say(`exports  to us: ${look.exports}`);
  say(`         from us: ${wordsOf(flags.exports)}`);
  if (flags.dryRun) {
    say(`nothing is used up; without --dry-run, Link ${name} is printed`);
    return;
  }
  const answer = await redeem(inviter, own, options);
  if (provenBy(code, shown, answer.identity) !== proof || answer.identity.uid !== look.identity.uid)
    throw new Error('the other cluster has changed meanwhile: nothing of it is taken over');
  await note(
    { kube, clock, namespace: flags.namespace },
    `Link ${name} to cluster ${code.cluster} (${proof})`,
  );
  say(`accepted: cluster ${code.cluster} makes its Link to us. Apply ours: ... | kubectl apply -f -`);
  print(stringify(link, { lineWidth: 0 }));
}

/** The pin that proves the answer: the CA of the connection is among those that the other cluster says it has. */
function provenBy(
  code: InviteCode,
  { chain, now }: Pick<InviterConnection, 'chain'> & { readonly now: Date },
  { caBundle }: Identity,
): string {
  const offered = readCertificates(caBundle);
  const ca = pinnedCa({ ...code, chain, offered, now });
  const pin = ca && keyPinOf(ca);
  if (pin === undefined || !offered.some((one) => keyPinOf(one) === pin))
    throw new Error(
      'the CAs that the other cluster sends do not have the fingerprint in the code: nothing is taken over',
    );
  return pin;
}

async function judge(
  other: Identity,
  {
    own,
    name,
    flags,
    options: { kube, clock },
  }: {
    readonly own: Identity;
    readonly name: string;
    readonly flags: AcceptFlags;
    readonly options: CommandOptions;
  },
): Promise<void> {
  const now = clock.now();
  const [{ items }, { data = {} }] = await Promise.all([
    kube.list(links, {}),
    kube.get(configMaps, `${flags.namespace}/${ownNames.peers}`),
  ]);
  const peers = Object.entries(data).flatMap(([link, text]) => {
    const decoded = decodePeer(link, text, new Date(now));
    return 'value' in decoded ? [decoded.value] : [];
  });
  const refused = whyNot(name, other, { own, links: items, peers, now });
  switch (refused?.refusal) {
    case undefined:
      return;
    case 'SelfLink':
      throw new Error('the other cluster claims to be this one: nothing is taken over');
    default:
      throw new Error(
        `there is a Link to a cluster named ${other.cluster}, or with a CA that could be taken for one of its: delete that Link first`,
      );
  }
}

/** Whoever asks again within a minute is answered again, so that a lost answer does no harm. */
async function redeem(
  inviter: InviterConnection,
  identity: Identity,
  { clock, say }: CommandOptions,
): Promise<InvitationAnswer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await inviter.ask({ act: 'redeem', identity });
    } catch (error) {
      if (!(error instanceof LostError) || tries === mostTries) throw error;
      say(`the answer was lost (${error.message}): asking again`);
      await clock.sleep(pause);
    }
  }
}

function linkFor(
  code: InviteCode,
  {
    name,
    flags,
    answer,
  }: { readonly name: string; readonly flags: AcceptFlags; readonly answer: InvitationAnswer },
): Link {
  const { imports, exports } = flags;
  const { cluster, caBundle } = answer.identity;
  if (cluster !== code.cluster)
    throw new Error('the other cluster has another name than the code says: nothing is taken over');
  const link = linkDocument(name, {
    ...{ cluster, caBundle, addresses: code.addresses },
    ...(imports && { imports }),
    ...(exports && { exports }),
  });
  const parsed = parseLink(link);
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return link as unknown as Link;
}

/** An Event for those who ask later who linked this cluster, and when. */
async function note(
  {
    kube,
    clock,
    namespace,
  }: { readonly kube: KubeClient; readonly clock: CommandOptions['clock']; readonly namespace: string },
  what: string,
): Promise<void> {
  const about = await kube.get(configMaps, `${namespace}/${ownNames.identity}`);
  const events = recorder(kube, { component: managedBy, instance: hostname(), clock });
  const message = `an invitation was accepted: ${what}`;
  const typed = { ...about, apiVersion: 'v1', kind: 'ConfigMap' };
  events.event(typed, {
    type: 'Normal',
    reason: 'InvitationAccepted',
    message,
    action: 'Accept',
    apart: true,
  });
  await events.flush();
  events.stop();
}
