import type { ConfigMap } from '../../api/objects.js';
import type { RemoteView } from '../../mirror/view.js';
import type { Identity } from '../../protocol/identity.js';
import type { RemoteProblem } from './contact.js';

/** A change in a remote cluster, as seen from here. */
export type RemoteChange =
  /** A Service, or its endpoints. */
  | { readonly kind: 'service'; readonly part: 'service' | 'endpoints'; readonly key: string }
  | { readonly kind: 'identity' }
  /** Contact was won or lost, or the caches are complete for the first time. */
  | { readonly kind: 'state' }
  /** The API server has another version, or another problem than before. */
  | { readonly kind: 'contact' };

/** One remote cluster, read in one way. */
export interface Remote {
  view(namespace: string, name: string): RemoteView;
  /** The Services that are seen, as `namespace/name`. @param namespace only of that one */
  services(namespace?: string): string[];
  identity(): {
    readonly synced: boolean;
    readonly object: Readonly<ConfigMap> | undefined;
    /** The reason why it cannot be read; absent: it can, or no attempt was made yet. */
    readonly error?: unknown;
    /** What a gateway has said over a connection that a pin proves. */
    readonly proven?: Pick<Identity, 'cluster' | 'uid' | 'caBundle'>;
  };
  readonly synced: boolean;
  readonly problem: RemoteProblem | undefined;
  /** Known after the first allowed list. */
  readonly uid: string | undefined;
  readonly version: string | undefined;
  run(signal: AbortSignal): Promise<void>;
}
