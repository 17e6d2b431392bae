import { readFile, writeFile } from 'node:fs/promises';
import { ownNamespace } from './objects.js';

/** A request that an API server answered. */
export interface ApiRequest {
  readonly verb: string;
  /** Plural, with the subresource if there is one: `servicemirrors/status`. */
  readonly resource: string;
  /** Status of HTTP. */
  readonly code: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: { readonly resource: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
}

/** Writes an audit policy: of requests for single objects by ServiceAccounts of the operator's namespace, and no others. */
export async function writeAuditPolicy(path: string): Promise<void> {
  const verbs = ['get', 'create', 'update', 'patch', 'delete'];
  const userGroups = [`system:serviceaccounts:${ownNamespace}`];
  const policy = {
    ...{ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'] },
    rules: [{ level: 'Metadata', userGroups, verbs }, { level: 'None' }],
  };
  await writeFile(path, JSON.stringify(policy));
}

/** The requests in an audit log, which is not there before the first one. */
export async function requestsIn(path: string): Promise<ApiRequest[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  // the last line may be half written
  return text.split('\n').slice(0, -1).map(requestOf);
}

/** Reads one line. */
export function requestOf(line: string): ApiRequest {
  const { verb, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
  const { resource = '', subresource } = objectRef ?? {};
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    code: responseStatus?.code ?? 0,
  };
}

/** Counts of requests by what was done to what, refused ones apart: `create services` or `create services 409`. */
export type Tally = Readonly<Record<string, number>>;

/** Counts requests. */
export function tallyOf(requests: readonly ApiRequest[]): Tally {
  const counts: Record<string, number> = {};
  for (const { verb, resource, code } of requests) {
    const what = `${verb} ${resource}${code >= 300 ? ` ${code}` : ''}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

/** The sum of those counts that are meant. @default all */
export function total(tally: Tally, meant: (what: string) => boolean = () => true): number {
  return Object.entries(tally).reduce((sum, [what, count]) => (meant(what) ? sum + count : sum), 0);
}

/** Whether it changes something, or tries to. */
export const isWrite = (what: string): boolean => !what.startsWith('get ');

/** Whether it was refused as a conflict. */
export const isConflict = (what: string): boolean => what.endsWith(' 409');

/** Whether it writes slices. */
export const isOfSlices = (what: string): boolean => isWrite(what) && /\bendpointslices\b/.test(what);
