import { keyOf, type Resource } from '../api/resources.js';
import type { KubeClient } from './kube.js';

/** A write that is about to be sent. */
export interface Write {
  readonly verb: 'create' | 'patch' | 'apply' | 'replace' | 'remove';
  readonly resource: Resource;
  /** Of the written object. */
  readonly key: string;
}

/** The same client; each write to an object itself or to its status goes through `around`, which sends it. */
export function aroundWrites(
  kube: KubeClient,
  around: <T>(write: Write, send: () => Promise<T>) => Promise<T>,
): KubeClient {
  return {
    ...kube,
    create: (r, object, ...rest) =>
      around({ verb: 'create', resource: r, key: keyOf(object) }, () => kube.create(r, object, ...rest)),
    mergePatch: (r, key, ...rest) =>
      around({ verb: 'patch', resource: r, key }, () => kube.mergePatch(r, key, ...rest)),
    apply: (r, object, ...rest) =>
      around({ verb: 'apply', resource: r, key: keyOf(object) }, () => kube.apply(r, object, ...rest)),
    replace: (r, object, ...rest) =>
      around({ verb: 'replace', resource: r, key: keyOf(object) }, () => kube.replace(r, object, ...rest)),
    remove: (r, key, ...rest) =>
      around({ verb: 'remove', resource: r, key }, () => kube.remove(r, key, ...rest)),
  };
}
