import type { Clock } from './clock.js';
import type { ConnectionConfig, ConnectionCredentials } from './connection.js';

/** The credentials of one connection, read again from time to time, so that rotated ones are used without a restart. */
export interface CredentialSource {
  /** The credentials to use now. Throws only when there have never been any. */
  current(): Promise<ConnectionCredentials>;
  /** After a 401: reads again, at most once a second. Says whether the result differs from what the caller used. */
  renew(used: ConnectionCredentials): Promise<boolean>;
}

const maxAgeMs = 60_000;
const minAgeMs = 1_000;

/** Wraps a configuration's `load` with an age limit of a minute and one load at a time. */
export function createCredentials(config: ConnectionConfig, clock: Clock): CredentialSource {
  let held: { credentials: ConnectionCredentials; loadedAt: number } | undefined;
  let loading: Promise<ConnectionCredentials> | undefined;

  const load = () => {
    loading ??= config
      .load()
      .then((credentials) => {
        held = { credentials, loadedAt: clock.monotonic() };
        return credentials;
      })
      .finally(() => (loading = undefined));
    return loading;
  };

  const younger = (ms: number) => held !== undefined && clock.monotonic() - held.loadedAt < ms;

  return {
    async current() {
      if (held === undefined) return load();
      if (younger(maxAgeMs)) return held.credentials;
      const old = held;
      try {
        return await load();
      } catch {
        // the file may be in the middle of a replacement: the old credentials may still be good, and the server will
        // say if not
        held = { ...old, loadedAt: clock.monotonic() };
        return old.credentials;
      }
    },
    async renew(used) {
      if (!younger(minAgeMs)) await load().catch(() => undefined);
      return held !== undefined && JSON.stringify(held.credentials) !== JSON.stringify(used);
    },
  };
}
