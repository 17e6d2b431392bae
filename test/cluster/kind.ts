import type { ClusterSet, CreateOptions } from './cluster.js';
export async function createKind(names: readonly string[], options: CreateOptions): Promise<ClusterSet> {
  throw new Error(`${names.length} ${options.provider}`);
}
