import { conditionOf } from '../api/conditions.js';
import { keys, managedBy, ownNames } from '../api/names.js';
import type { Secret } from '../api/objects.js';
import { links, secrets } from '../api/resources.js';
import { decodeCaSecret, requestsOf, rotationKeys } from '../pki/casecret.js';
import { fingerprintIn, phaseOf, settleTime, type CaSecret } from '../pki/rotation.js';
import { systemClock, type Clock } from '../runtime/clock.js';
import { isNotFound } from '../runtime/errors.js';
import { createKube, type KubeClient } from '../runtime/kube.js';
import { loadLocal } from '../runtime/local.js';

/** The options of the command `rotate-ca`, out of its flags. */
export interface RotateCaFlags {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly force: boolean;
}

/** The dependencies of the command. */
export interface RotateCaOptions extends Omit<RotateCaFlags, 'kubeconfig'> {
  readonly kube: KubeClient;
  readonly clock: Clock;
  /** Receives each line of output. */
  readonly say: (line: string) => void;
}

/** Milliseconds between two checks, and after which an operator that has not acted is assumed not to run. */
const lookEvery = 2_000;
const operatorActsWithin = 20_000;

/** Runs the command on the cluster of a kubeconfig, writing to standard output. */
export async function runRotateCa(flags: RotateCaFlags, signal: AbortSignal): Promise<void> {
  const { kubeconfig, ...rest } = flags;
  const kube = createKube(await loadLocal(kubeconfig), { fieldManager: 'service-mirror-rotate-ca' });
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  try {
    await rotateCa({ ...rest, kube, say, clock: systemClock }, signal);
  } finally {
    await kube.close();
  }
}

/**
 * Asks the operator for a rotation, or to end the waiting of the present one, and reports its progress until the new
 * CA signs. It only asks and reads: when the command is stopped, the rotation goes on. Throws when there is nothing
 * to rotate.
 */
export async function rotateCa(options: RotateCaOptions, signal: AbortSignal): Promise<void> {
  const { clock, say, force } = options;
  const began = phaseOf(await ask(options, signal));
  const asked = clock.monotonic();
  let said = '';
  while (!signal.aborted) {
    const { secret, caSecret } = await read(options, signal);
    const phase = phaseOf(caSecret);
    const pending = requestsOf(secret).requested || (force && requestsOf(secret).forced);
    const late = clock.monotonic() - asked >= operatorActsWithin;
    const lines = await progress({ caSecret, pending, late }, options, signal);
    if (lines.join('\n') !== said) for (const line of lines) say(line);
    said = lines.join('\n');
    if (!pending && phase === 'settling' && !(force && began === 'settling')) return;
    if (!pending && phase === 'steady') return;
    await clock.sleep(lookEvery, signal);
  }
  say('stopped looking; the rotation goes on without this command');
}

/** Sets the annotations on which the operator acts; returns the Secret as it was before. */
async function ask(options: RotateCaOptions, signal: AbortSignal): Promise<CaSecret> {
  const { kube, namespace, clock, force } = options;
  const { secret, caSecret } = await read(options, signal);
  if (secret.metadata.labels?.[keys.managedBy] !== managedBy)
    throw new Error(
      `Secret ${namespace}/${ownNames.ca} was put there by others, and is not rotated by the operator; docs/certificates.md says how to replace such a CA`,
    );
  const now = new Date(clock.now()).toISOString();
  const annotations = {
    ...(phaseOf(caSecret) === 'steady' && { [rotationKeys.rotate]: now }),
    ...(force && { [rotationKeys.force]: now }),
  };
  if (Object.keys(annotations).length > 0)
    await kube.mergePatch(secrets, `${namespace}/${ownNames.ca}`, { metadata: { annotations } }, {}, signal);
  return caSecret;
}

async function read(
  { kube, namespace }: RotateCaOptions,
  signal: AbortSignal,
): Promise<{ readonly secret: Secret; readonly caSecret: CaSecret }> {
  const key = `${namespace}/${ownNames.ca}`;
  const secret = await kube.get(secrets, key, signal).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw new Error(`there is no Secret ${key}: is the operator installed there? --namespace says where`);
  });
  const caSecret = decodeCaSecret(secret);
  if (caSecret === undefined) throw new Error(`Secret ${key} lacks tls.crt, tls.key or ca.crt`);
  return { secret, caSecret };
}

async function progress(
  now: { readonly caSecret: CaSecret; readonly pending: boolean; readonly late: boolean },
  { kube }: RotateCaOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const { caSecret, pending, late } = now;
  const phase = phaseOf(caSecret);
  switch (phase) {
    case 'steady':
      if (!pending) return [`done: CA ${shown(caSecret.signing.cert)} stands alone`];
      return [
        late
          ? `the operator has not acted on it: does Deployment ${ownNames.operator} run? See the events of the Secret`
          : 'asked the operator for a new CA',
      ];
    case 'published': {
      const { items } = await kube.list(links, {}, signal);
      const waiting = items.flatMap((link) => {
        const found = conditionOf(link, 'RotationFollowed');
        return found?.status === 'False'
          ? [`  ${found.reason}: Link ${link.metadata.name}: ${found.message}`]
          : [];
      });
      return [
        `CA ${shown(caSecret.next?.cert ?? '')} is published; CA ${shown(caSecret.signing.cert)} signs until all peers trust it`,
        ...waiting,
      ];
    }
    case 'settling':
      return [
        `CA ${shown(caSecret.signing.cert)} signs; CA ${shown(caSecret.previous ?? '')} is accepted until ${new Date((caSecret.since ?? 0) + settleTime).toISOString()}`,
        '  rotate-ca --force drops it now: only if its key may be known to others, and all gateways show new certificates',
      ];
    default:
      return phase satisfies never;
  }
}

function shown(pem: string): string {
  return fingerprintIn(pem).slice(0, 16);
}
