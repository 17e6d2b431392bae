import { reconcileAutomatic, type AutomaticOptions } from './automatic.js';
import { reconcileFederated } from './federated.js';
import { remoteOf } from './keys.js';

/** Writes the ServiceMirrors that nobody has written: automatic ones, whose keys name a Link, and federated ones. */
export function reconcileImports(options: AutomaticOptions): ReturnType<typeof reconcileAutomatic> {
  const [automatic, federated] = [reconcileAutomatic(options), reconcileFederated(options)];
  return (key) => (remoteOf(key).cluster === '' ? federated(key) : automatic(key));
}
