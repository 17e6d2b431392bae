/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** As in `-----BEGIN <label>-----`. */
  readonly label: string;
  /** The content; undefined: between the marks is something other than base64. */
  readonly der: Buffer | undefined;
}

const mark = /-----(BEGIN|END) ([^\r\n-]{1,64})-----/g;

/**
 * All blocks of a text in their order, whatever is between them and however their lines are broken. A block without
 * an end, or with the end of another label, counts as a block whose content cannot be read.
 */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly start: number } | undefined;
  const close = (label: string, der?: Buffer) => void blocks.push({ label, der });
  for (const { 0: whole, 1: kind, 2: label = '', index } of text.matchAll(mark)) {
    if (kind === 'END') {
      const isEnd = open?.label === label;
      close(open?.label ?? label, isEnd ? decoded(text.slice(open!.start, index)) : undefined);
      open = undefined;
      continue;
    }
    if (open !== undefined) close(open.label);
    open = { label, start: index + whole.length };
  }
  if (open !== undefined) close(open.label);
  return blocks;
}

function decoded(body: string): Buffer | undefined {
  const base64 = body.replaceAll(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}
