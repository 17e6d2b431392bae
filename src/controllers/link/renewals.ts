import type { Secret } from '../../api/objects.js';
import { secrets, serviceAccounts } from '../../api/resources.js';
import type { Applier } from '../../runtime/apply.js';
import { backoffDelay } from '../../runtime/backoff.js';
import type { Clock } from '../../runtime/clock.js';
import { startDeadline } from '../../runtime/deadline.js';
import { isConflict, isForbidden } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { ConnectionConfig } from '../../runtime/connection.js';
import type { Log } from '../../runtime/log.js';
import { decideRenewal, refuseFresh, type Renewal } from './boundtoken.js';
import { kubeconfigKey } from './kubeconfigs.js';
import { contactProblem, type RenewalState } from './contact.js';

/** Renews the tokens in the Secrets of Links. */
export interface Renewals {
  /** Renews a token that is due, and returns the result; a failure is reported and tried again later. */
  renew(link: string, held: HeldKubeconfig, signal: AbortSignal): Promise<RenewalState>;
  /** Forgets a Link. */
  forget(link: string): void;
}

/** A Secret with its kubeconfig, as text and parsed. */
export interface HeldKubeconfig {
  readonly secret: Readonly<Secret>;
  readonly text: string;
  readonly config: ConnectionConfig;
}

/** How long (ms) to wait after a failure. */
const retry = { base: 120_000, max: 600_000 } as const;

/** The wait (ms) after a success: a tool that writes the old token back must not cause one request after the other. */
const rest = 300_000;

/** Longest time (ms) that one renewal may take. */
const longest = 10_000;

interface Attempt {
  readonly failures: number;
  /** Monotonic time (ms) before which nothing is tried. */
  readonly until: number;
  readonly failure?: string;
  readonly kubeconfig: string;
}

/** The API server has answered a renewal with something else than a usable token. */
class RenewalError extends Error {
  override readonly name = 'RenewalError';
}

/** Asks the remote API server for a new token with the present one. */
export function createRenewals(options: {
  connect: (link: string, kubeconfig: string) => KubeClient;
  applier: Pick<Applier, 'amend'>;
  clock: Clock;
  log: Log;
  random?: () => number;
}): Renewals {
  const { connect, applier, clock, log, random = Math.random } = options;
  const attempts = new Map<string, Attempt>();

  async function replace(
    link: string,
    o: { secret: Readonly<Secret>; kubeconfig: string; old: string; due: Renewal & { kind: 'due' } },
    signal: AbortSignal,
  ): Promise<void> {
    const { secret, kubeconfig, old, due } = o;
    if (!kubeconfig.includes(old))
      throw new RenewalError('the token does not stand on one line of the kubeconfig; write it so');
    const kube = connect(link, kubeconfig);
    let fresh: unknown;
    try {
      fresh = await requestToken(kube, due, signal);
    } finally {
      await kube.close();
    }
    const refusal = refuseFresh(due.token, fresh);
    if (refusal !== undefined) throw new RenewalError(refusal);
    const renewed = kubeconfig.replaceAll(old, fresh as string);
    const data = { [kubeconfigKey]: Buffer.from(renewed).toString('base64') };
    try {
      await applier.amend(secrets, secret, { data });
    } catch (error) {
      // a Secret that has changed since has newer content: it is checked again
      if (isConflict(error)) return;
      throw new RenewalError(`the Secret cannot be written: ${(error as Error).message}`);
    }
    log.info('token renewed', { link, secret: secret.metadata.name });
  }

  return {
    async renew(link, { secret, text: kubeconfig, config }, signal) {
      const old = await bearerOf(config);
      const due = decideRenewal(secret, old, clock.now());
      if (due.kind === 'none' || old === undefined) return 'none';
      if (due.kind === 'later') return 'well';
      const last = attempts.get(link);
      if (last !== undefined && clock.monotonic() < last.until) {
        const { failure } = last;
        return failure === undefined || last.kubeconfig !== kubeconfig ? 'well' : { failure };
      }
      const deadline = startDeadline(clock, longest, signal);
      try {
        await replace(link, { secret, kubeconfig, old, due }, deadline.signal);
        attempts.set(link, { failures: 0, until: clock.monotonic() + rest, kubeconfig });
        return 'well';
      } catch (error) {
        if (signal.aborted) return 'well';
        const failures = (last?.failures ?? 0) + 1;
        const until = clock.monotonic() + backoffDelay(failures, retry, random);
        const failure = failureOf(error, due);
        attempts.set(link, { failures, until, failure, kubeconfig });
        log.warn('token not renewed', { link, secret: secret.metadata.name, failures, error });
        return { failure };
      } finally {
        deadline.done();
      }
    },
    forget: (link) => void attempts.delete(link),
  };
}

async function requestToken(
  kube: KubeClient,
  { token, seconds }: Renewal & { kind: 'due' },
  signal: AbortSignal,
): Promise<unknown> {
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: seconds },
  };
  const answer = await kube.post<{ status?: { token?: unknown } } | null>(
    serviceAccounts,
    { key: `${token.namespace}/${token.account}`, subresource: 'token', body: request },
    signal,
  );
  return answer?.status?.token;
}

/** The token of a kubeconfig's user; undefined when there is none, or when the user also has a certificate. */
async function bearerOf(config: ConnectionConfig): Promise<string | undefined> {
  const { headers, cert } = await config.load();
  const [, token] = /^Bearer (.+)$/.exec(headers['authorization'] ?? '') ?? [];
  return cert === undefined ? token : undefined;
}

function failureOf(error: unknown, { token }: Renewal & { kind: 'due' }): string {
  const fix = 'put new ones into the Secret';
  if (error instanceof RenewalError) return `${error.message}, or ${fix}`;
  if (isForbidden(error))
    return `${error.message}; let ServiceAccount ${token.namespace}/${token.account} of the remote cluster create its own tokens, as examples/peer-access.sh prints it, or ${fix}`;
  return `${contactProblem(error).message}; it is tried again; where that does not help, ${fix}`;
}
