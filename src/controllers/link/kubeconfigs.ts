import { onceEach } from '../../api/once.js';
import type { Secret } from '../../api/objects.js';
import { CredentialsError, type ConnectionConfig } from '../../runtime/connection.js';
import { parseRemote } from '../../runtime/remotekubeconfig.js';

/** The key of a Link's Secret that holds its kubeconfig. */
export const kubeconfigKey = 'kubeconfig';

/** The kubeconfig of a Link's Secret, as text and parsed; or the reason why it cannot be used. */
export type Kubeconfig =
  | { readonly ok: true; readonly text: string; readonly config: ConnectionConfig }
  | { readonly ok: false; readonly error: CredentialsError };

/**
 * Reads the kubeconfig of a Secret. Its YAML is parsed once for each Secret of the cache, and forgotten with that
 * Secret: each reconcile of a Link asks for it.
 *
 * @param parse throws a CredentialsError for a kubeconfig that cannot be used
 */
export function kubeconfigReader(parse = parseRemote): (secret: Readonly<Secret>) => Kubeconfig {
  return onceEach(({ data }) => {
    const text = Buffer.from(data?.[kubeconfigKey] ?? '', 'base64').toString();
    try {
      return { ok: true, text, config: parse(text) };
    } catch (error) {
      if (!(error instanceof CredentialsError)) throw error;
      return { ok: false, error };
    }
  });
}
