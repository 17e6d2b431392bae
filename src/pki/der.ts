import type { X509Certificate } from 'node:crypto';

/** One element of DER (ITU-T X.690): its tag, its content, and the whole element. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

/** The elements that fill these bytes exactly; undefined when none do. Tags have one byte. */
export function elements(der: Buffer): readonly Element[] | undefined {
  const found: Element[] = [];
  for (let at = 0; at < der.length;) {
    const size = sizeAt(der, at + 1);
    if (size === undefined || size.end > der.length) return undefined;
    found.push({
      tag: der[at]!,
      content: der.subarray(size.start, size.end),
      whole: der.subarray(at, size.end),
    });
    at = size.end;
  }
  return found;
}

/** Start and end of the content whose length is written at a position. */
function sizeAt(der: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  const first = der[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 1, end: at + 1 + first };
  const digits = first - 0x80;
  if (digits < 1 || digits > 4 || at + 1 + digits > der.length) return undefined;
  const start = at + 1 + digits;
  return { start, end: start + der.readUIntBE(at + 1, digits) };
}

/** An extension of a certificate; `value` is the DER inside its octet string. */
export interface CertificateExtension {
  readonly critical: boolean;
  readonly value: Buffer;
}

/** Parts of a certificate that node:crypto does not give. */
export interface CertificateParts {
  /** The content of the subject: its relative distinguished names, one after the other. */
  readonly subject: Buffer;
  /** Keyed by the content of their object identifiers, in hex. */
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
}

const [sequence, boolean, version, extensionList] = [0x30, 0x01, 0xa0, 0xa3];

/** Reads a certificate (RFC 5280 section 4.1); undefined when it has another structure. */
export function partsOf({ raw }: Pick<X509Certificate, 'raw'>): CertificateParts | undefined {
  const [certificate] = elements(raw) ?? [];
  const [body] = (certificate && elements(certificate.content)) ?? [];
  const fields = (body && elements(body.content)) ?? [];
  const [, , , , subject, , ...rest] = fields[0]?.tag === version ? fields.slice(1) : fields;
  if (subject?.tag !== sequence) return undefined;
  const list = rest.find(({ tag }) => tag === extensionList);
  const all = list === undefined ? [] : inside(list.content)?.map(extensionOf);
  if (all?.every((one) => one !== undefined) !== true) return undefined;
  return { subject: subject.content, extensions: new Map(all) };
}

/** The elements of the sequence that fills these bytes. */
export function inside(der: Buffer): readonly Element[] | undefined {
  const [list, ...more] = elements(der) ?? [];
  return list?.tag === sequence && more.length === 0 ? elements(list.content) : undefined;
}

function extensionOf({ content }: Element): readonly [string, CertificateExtension] | undefined {
  const [id, ...more] = elements(content) ?? [];
  const value = more.at(-1);
  if (id === undefined || value === undefined) return undefined;
  const critical = more[0]?.tag === boolean && more[0].content[0] !== 0;
  return [id.content.toString('hex'), { critical, value: value.content }];
}
