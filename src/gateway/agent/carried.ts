import type { Export, Protocol } from '../model.js';

/** Parts exports into what a gateway can carry, and a sentence for what it cannot. */
export function carriedBy(
  protocols: ReadonlySet<Protocol['kind']>,
  exports: readonly Export[],
): { readonly exports: readonly Export[]; readonly problems: readonly string[] } {
  const carried = exports.filter(({ protocol }) => protocols.has(protocol.kind));
  const missing = exports.length - carried.length;
  if (missing === 0) return { exports, problems: [] };
  return {
    exports: carried,
    problems: [
      `${missing} HTTP exports are not served: this gateway carries bytes alone; run it with --implementation haproxy, or remove the annotation linkerd.io/export-protocol`,
    ],
  };
}
