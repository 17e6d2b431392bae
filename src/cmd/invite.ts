import { randomBytes } from 'node:crypto';
import { timestamp } from '../api/conditions.js';
import type { Invitation } from '../api/invitation.js';
import type { Exports } from '../api/link.js';
import { ownNames } from '../api/names.js';
import { apiVersion, configMaps, invitations, links } from '../api/resources.js';
import { wordsOf } from '../api/wording.js';
import type { Address } from '../net/address.js';
import { readCertificates } from '../pki/bundle.js';
import { keyPinOf } from '../pki/keypin.js';
import { decodeIdentity, type Identity } from '../protocol/identity.js';
import { hashOfSecret } from '../protocol/invitation.js';
import { idLength, invitationName, mostInCode, secretLength, writeCode } from '../protocol/invitecode.js';
import type { Clock } from '../runtime/clock.js';
import { isNotFound } from '../runtime/errors.js';
import type { KubeClient } from '../runtime/kube.js';

/** The options of the command `invite`, out of its flags. */
export interface InviteFlags {
  readonly kubeconfig?: string;
  readonly namespace: string;
  /** Name of the Link to make. */
  readonly link: string;
  /** Milliseconds. */
  readonly validFor: number;
  /** Where to dial; empty: as this cluster publishes it. */
  readonly addresses: readonly Address[];
  /** Absent: nothing. */
  readonly exports?: Exports;
}

/** What a command works with. */
export interface CommandOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  /** Receives what is for programs. */
  readonly print: (text: string) => void;
  /** Receives lines for people. */
  readonly say: (line: string) => void;
}

/**
 * Makes an Invitation and prints its code. The secret is in the code alone.
 *
 * @param random makes that many bytes
 */
export async function invite(
  flags: InviteFlags,
  { kube, clock, print, say }: CommandOptions,
  random: (bytes: number) => Buffer = randomBytes,
): Promise<void> {
  const { namespace, link, exports } = flags;
  const { cluster, caBundle, addresses: published } = await readOwnIdentity({ kube, clock, namespace });
  const addresses = flags.addresses.length > 0 ? flags.addresses : published;
  if (addresses.length === 0)
    throw new Error(
      'the ingress gateway has no address yet: wait until its Service has one, or give --address HOST:PORT',
    );
  if (await isThere(kube, link))
    throw new Error(`there is a Link ${link} already: choose another name, or delete it`);
  const [id, secret] = [random(idLength).toString('hex'), random(secretLength)];
  const expires = Math.floor((clock.now() + flags.validFor) / 1000) * 1000;
  const pins = [...new Set(readCertificates(caBundle).map(keyPinOf))];
  if (pins.length > mostInCode.pins)
    throw new Error(
      `this cluster has ${pins.length} CAs, and a code holds ${mostInCode.pins}: wait for the end of the rotation`,
    );
  const code = writeCode({
    ...{ id, secret, cluster, pins, expires },
    addresses: addresses.slice(0, mostInCode.addresses),
  });
  const invitation: Invitation = {
    ...{ apiVersion, kind: 'Invitation', metadata: { name: invitationName(link, id) } },
    spec: {
      link,
      secretHash: hashOfSecret(secret),
      expires: timestamp(expires),
      ...(exports && { exports }),
    },
  };
  await kube.create(invitations, invitation);
  const minutes = Math.round(flags.validFor / 60_000);
  say(`Invitation ${invitation.metadata.name}: one use, until ${timestamp(expires)} (${minutes}m).`);
  say(`Who redeems it becomes Link ${link}, and may reach: ${wordsOf(exports)}.`);
  say('Send the next line to that person alone. It holds no key of this cluster.');
  print(`${code}\n`);
}

/** The identity that this cluster publishes. @throws an Error that says what is missing */
export async function readOwnIdentity({
  kube,
  clock,
  namespace,
}: Pick<CommandOptions, 'kube' | 'clock'> & { readonly namespace: string }): Promise<Identity> {
  const key = `${namespace}/${ownNames.identity}`;
  const configMap = await kube.get(configMaps, key).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw new Error(`there is no ConfigMap ${key}: is the operator installed there? --namespace says where`);
  });
  const decoded = decodeIdentity(configMap.data, new Date(clock.now()));
  if ('problems' in decoded) throw new Error(`ConfigMap ${key}: ${decoded.problems.join('; ')}`);
  return decoded.value;
}

/** Whether there is a Link of that name. */
export async function isThere(kube: KubeClient, link: string): Promise<boolean> {
  try {
    await kube.get(links, link);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
