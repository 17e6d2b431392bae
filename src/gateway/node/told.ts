import { readCertificates } from '../../pki/bundle.js';
import { partsOf } from '../../pki/der.js';

/**
 * Most bytes of all CAs' names together that clients receive in a handshake. node:tls sends all of them to each
 * client, in a list of at most 64 KiB (RFC 8446 section 4.2.4); a longer list fails every handshake.
 */
export const toldLimit = 48 * 1024;

/** Bytes of a name in that list in addition to its content: two lengths and a tag. */
const overhead = 6;

/** The bundles whose names are sent, and the links whose names do not fit. */
export interface Told {
  readonly bundles: readonly string[];
  readonly left: readonly string[];
}

/** Chooses bundles, those with the shortest names first: a peer with long names is left out, and nobody else. */
export function toldBundles(byLink: ReadonlyMap<string, string>): Told {
  const byText = Map.groupBy(byLink, ([, text]) => text);
  const sized = [...byText].map(([text, links]) => ({
    text,
    links: links.map(([link]) => link),
    size: sizeOf(text),
  }));
  let total = 0;
  const fits = new Set<string>();
  for (const { text, size } of sized.toSorted((a, b) => a.size - b.size)) {
    total += size;
    if (total <= toldLimit) fits.add(text);
  }
  return {
    bundles: sized.flatMap(({ text }) => (fits.has(text) ? [text] : [])),
    left: sized.flatMap(({ text, links }) => (fits.has(text) ? [] : links)),
  };
}

function sizeOf(bundle: string): number {
  return readCertificates(bundle).reduce(
    (sum, certificate) => sum + overhead + (partsOf(certificate)?.subject.length ?? 0),
    0,
  );
}
