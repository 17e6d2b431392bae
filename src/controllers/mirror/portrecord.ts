import { isDeepStrictEqual } from 'node:util';
import { keys, managedBy, ownNames } from '../../api/names.js';
import type { ConfigMap } from '../../api/objects.js';
import { configMaps } from '../../api/resources.js';
import { maxShares, wholeShare, type Share } from '../../api/shares.js';
import { decodeRecord, encodeRecord, type PortRecord } from '../../transport/ports.js';
import { ApiError, isNotFound } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import { isTaken, notManaged } from '../notmanaged.js';

/** The ConfigMap of the record lacks our label, so it belongs to somebody else. */
export class NotManagedError extends Error {
  override readonly name = 'NotManagedError';
}

/** The record of one share's egress ports, in the ConfigMap of all. Its functions throw the errors of the API client. */
export interface PortRecords {
  /**
   * The present record; an empty one when there is none. Throws a NotManagedError when the ConfigMap belongs to
   * somebody else.
   */
  read(): Promise<PortRecord>;
  /**
   * Replaces the record that was last read or written here. Fails with 409 when the ConfigMap has changed since,
   * because another leader may have given out ports that this one does not know.
   */
  write(record: PortRecord): Promise<void>;
  /**
   * Reads what other shares have recorded since. Fails with 409 when our own record has changed, because another
   * leader of our share has written it.
   */
  refresh(): Promise<void>;
  /** Whether another share had recorded that port when the ConfigMap was last read. */
  isElsewhere(port: number): boolean;
}

type Data = Readonly<Record<string, string>>;

/**
 * Keeps the record in `namespace`. Share 0 has the keys of an operator whose Links are not divided, and takes over the
 * records of shares that do not exist any more.
 */
export function createPortRecords(
  kube: KubeClient,
  namespace: string,
  { index, count }: Share = wholeShare,
): PortRecords {
  const key = `${namespace}/${ownNames.ports}`;
  const indexes = Array.from({ length: maxShares }, (_, at) => at);
  const heirless = indexes.filter((at) => index === 0 && at >= count);
  const ours = [index, ...heirless];
  /** Resource version of the last read or write; undefined: there was no record. */
  let version: string | undefined;
  /** Our own part of it. */
  let part: Data = {};
  let elsewhere: ReadonlySet<number> = new Set();

  async function get(): Promise<ConfigMap | undefined> {
    try {
      const found = await kube.get(configMaps, key);
      // somebody else's ConfigMap is no record of ours, and must not be overwritten
      if (isTaken(found)) throw new NotManagedError(notManaged(found).message);
      return found;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  function take(found: ConfigMap | undefined): void {
    version = found?.metadata.resourceVersion;
    part = partOf(found?.data, ours);
    elsewhere = new Set(
      indexes.filter((at) => !ours.includes(at)).flatMap((at) => [...recordOf(found?.data, at).used]),
    );
  }

  async function patch(data: Record<string, string | null>): Promise<ConfigMap | undefined> {
    if (version === undefined) return undefined;
    try {
      return await kube.mergePatch(configMaps, key, { metadata: { resourceVersion: version }, data });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  function create(data: Record<string, string>): Promise<ConfigMap> {
    const metadata = { namespace, name: ownNames.ports, labels: { [keys.managedBy]: managedBy } };
    return kube.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }

  return {
    async read() {
      take(await get());
      const used = ours.flatMap((at) => [...recordOf(part, at).used]);
      return { cursor: recordOf(part, index).cursor, used: new Set(used) };
    },
    async write(record) {
      const data = named(encodeRecord(record), index);
      const gone = Object.keys(partOf(part, heirless)).map((name) => [name, null] as const);
      take((await patch({ ...Object.fromEntries(gone), ...data })) ?? (await create(data)));
    },
    async refresh() {
      const before = part;
      take(await get());
      if (isDeepStrictEqual(before, part)) return;
      const message = `another leader of share ${index} has written ConfigMap ${key}`;
      throw new ApiError(message, { status: 409, reason: 'Conflict' });
    },
    isElsewhere: (port) => elsewhere.has(port),
  };
}

const fields = ['cursor', 'used'] as const;

/** The key of a share's field; share 0 has the plain one. */
function keyOf(field: string, index: number): string {
  return index === 0 ? field : `${field}-${index}`;
}

function named(record: Data, index: number): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([field, text]) => [keyOf(field, index), text]));
}

/** The entries of these shares. */
function partOf(data: Data | undefined, indexes: readonly number[]): Data {
  const names = indexes.flatMap((at) => fields.map((field) => keyOf(field, at)));
  return Object.fromEntries(Object.entries(data ?? {}).filter(([name]) => names.includes(name)));
}

function recordOf(data: Data | undefined, index: number): PortRecord {
  const entries = fields.flatMap((field) => {
    const text = data?.[keyOf(field, index)];
    return text === undefined ? [] : [[field, text] as const];
  });
  return decodeRecord(Object.fromEntries(entries));
}
