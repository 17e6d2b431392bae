import { readFile } from 'node:fs/promises';

/** A write that an API server answered. */
export interface ApiRequest {
  readonly verb: string;
  /** Plural, with the subresource if there is one: `servicemirrors/status`. */
  readonly resource: string;
  readonly user: string;
  /** Status of HTTP. */
  readonly code: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
}

/** The writes of ServiceAccounts in an audit log. */
export async function requestsIn(path: string): Promise<ApiRequest[]> {
  const lines = (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line.includes('system:serviceaccount:'));
  return lines.map((line) => {
    const { verb, user, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
    const { resource = '', subresource } = objectRef ?? {};
    return {
      verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      user: user.username,
      code: responseStatus?.code ?? 0,
    };
  });
}

/** Counts by what was done to what, refused ones apart: `create services` or `create services 409`. */
export function tallyOf(requests: readonly ApiRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb, resource, code } of requests) {
    const what = `${verb} ${resource}${code >= 300 ? ` ${code}` : ''}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}
