import { keys, managedBy, ownNames } from '../../api/names.js';
import type { ConfigMap } from '../../api/objects.js';
import { configMaps } from '../../api/resources.js';
import { decodeRecord, encodeRecord, type PortRecord } from '../../transport/ports.js';
import { isNotFound } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import { isTaken, notManaged } from '../notmanaged.js';

/** The ConfigMap of the record lacks our label, so it belongs to somebody else. */
export class NotManagedError extends Error {
  override readonly name = 'NotManagedError';
}

/** The record of egress ports, in a ConfigMap. Both functions throw the errors of the API client. */
export interface PortRecords {
  /**
   * The present record; an empty one when there is none. Throws a NotManagedError when the ConfigMap belongs to
   * somebody else.
   */
  read(): Promise<PortRecord>;
  /**
   * Replaces the record that was last read or written here. Fails with 409 when it has changed since, because another
   * leader may have given out ports that this one does not know.
   */
  write(record: PortRecord): Promise<void>;
}

/** Keeps the record in `namespace`. */
export function createPortRecords(kube: KubeClient, namespace: string): PortRecords {
  const key = `${namespace}/${ownNames.ports}`;
  /** Resource version of the last read or write; undefined: there was no record. */
  let version: string | undefined;

  async function get(): Promise<ConfigMap | undefined> {
    try {
      return await kube.get(configMaps, key);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async function patch(data: Record<string, string>): Promise<ConfigMap | undefined> {
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
      const found = await get();
      // somebody else's ConfigMap is no record of ours, and must not be overwritten
      if (found !== undefined && isTaken(found)) throw new NotManagedError(notManaged(found).message);
      version = found?.metadata.resourceVersion;
      return decodeRecord(found?.data);
    },
    async write(record) {
      const data = encodeRecord(record);
      const written = (await patch(data)) ?? (await create(data));
      version = written.metadata.resourceVersion;
    },
  };
}
