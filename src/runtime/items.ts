import { parseJson } from './answer.js';
import { NetworkError, TooLargeError } from './errors.js';

/** The bounds of a list, and the receiver of its items. */
export interface ItemsOptions {
  /** Names the call in errors. */
  readonly what: string;
  /** Bytes of one item. */
  readonly objectBytes: number;
  /** Bytes of the whole text. */
  readonly bytes: number;
  readonly onItem: (item: unknown) => void;
}

/** The fields of a list other than its items. */
export interface Envelope {
  readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown };
}

/** The text before and after the items: kind, version, and the token of the next page. */
const envelopeBytes = 64 * 1024;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Reads the JSON of a list while it arrives, and passes each of its `items` on when it is complete. So only one item
 * at a time is held as text, and only what `onItem` keeps remains. A page of 20 million empty objects is 60 MB of
 * text, and would take gigabytes if it were parsed as a whole.
 *
 * @throws TooLargeError when a bound is passed, NetworkError when it is no list
 */
export async function readItems(chunks: AsyncIterable<Uint8Array>, o: ItemsOptions): Promise<Envelope> {
  const item = createText(
    o.objectBytes,
    `${o.what}: an object of the list has more than ${o.objectBytes} bytes`,
  );
  const rest = createText(
    envelopeBytes,
    `${o.what}: the list has more than ${envelopeBytes} bytes beside its items`,
  );
  const fail = () => new NetworkError(`${o.what}: the answer is not a list`, { code: 'ERR_NOT_JSON' });
  let bytes = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** The last string at depth 1: a key, or the value of one. */
  let word = '';
  let key = '';
  let inItems = false;

  const scan = (chunk: Uint8Array) => {
    /** The start of the text that belongs to the item, or to the rest. */
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
        else if (depth === 1 && word.length < 16) word += String.fromCharCode(byte);
        continue;
      }
      switch (byte) {
        case quote:
          if (inItems && depth === 2) throw fail();
          inString = true;
          if (depth === 1) word = '';
          break;
        case colon:
          if (depth === 1) key = word;
          break;
        case openObject:
        case openList:
          depth++;
          if (inItems && depth === 3) {
            if (byte === openList) throw fail();
            from = i;
          } else if (depth === 2 && byte === openList && key === 'items') {
            inItems = true;
            rest.add(chunk.subarray(from, i + 1));
          }
          break;
        case closeObject:
        case closeList:
          depth--;
          if (inItems && depth === 2) {
            item.add(chunk.subarray(from, i + 1));
            o.onItem(parseJson(item.take(), o.what));
          } else if (inItems && depth === 1) {
            inItems = false;
            key = '';
            from = i;
          }
          break;
        default:
          // between two items: a comma, or white space
          if (inItems && depth === 2 && byte !== comma && byte > 0x20) throw fail();
      }
    }
    if (!inItems) rest.add(chunk.subarray(from));
    else if (depth > 2) item.add(chunk.subarray(from));
  };

  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > o.bytes) throw new TooLargeError(`${o.what}: the list is larger than its limit`);
    scan(chunk);
  }
  const envelope = parseJson(rest.take(), o.what);
  if (typeof envelope !== 'object' || envelope === null) throw fail();
  return envelope;
}

/** A text of bounded length that arrives in pieces; a piece may end within a character. */
function createText(most: number, problem: string) {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  return {
    add(piece: Uint8Array) {
      bytes += piece.length;
      if (bytes > most) throw new TooLargeError(problem);
      pieces.push(piece);
    },
    take(): string {
      const text = Buffer.concat(pieces).toString('utf8');
      pieces = [];
      bytes = 0;
      return text;
    },
  };
}
