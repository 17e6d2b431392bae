import { keys, managedBy, ownNames } from '../../api/names.js';
import type { ConfigMap } from '../../api/objects.js';
import { configMaps } from '../../api/resources.js';
import { decodeRecord, encodeRecord, type PortRecord } from '../../transport/ports.js';
import { isNotFound } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import { isTaken, notManaged } from '../notmanaged.js';

/** The ConfigMap of the record lacks our label: it is somebody else's. */
export class NotManagedError extends Error {
  override readonly name = 'NotManagedError';
}

/** The record of egress ports, in a ConfigMap. Both throw what the API client throws. */
export interface PortRecords {
  /** What is on record; an empty record when there is none. Throws a NotManagedError when the ConfigMap is somebody else's. */
  read(): Promise<PortRecord>;
  /**
   * Writes over what was read or written here last, and over nothing else: 409 when it has changed since, for then
   * another leader may have given out ports that this one knows nothing of.
   */
  write(record: PortRecord): Promise<void>;
}

/** Keeps the record in `namespace`. */
export function createPortRecords(kube: KubeClient, namespace: string): PortRecords {
  const key = `${namespace}/${ownNames.ports}`;
  /** Resource version of what was read or written last; undefined: there was nothing. */
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
      // what somebody else keeps there is no record of ours, and is not written over
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
