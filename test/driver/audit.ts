import { readFile } from 'node:fs/promises';

/** A request to write, as the audit log of an API server has it. */
export interface Write {
  readonly verb: string;
  /** Plural, with the subresource if there is one: `servicemirrors/status`. */
  readonly resource: string;
  /** Key of the object: `namespace/name`. */
  readonly object: string;
  readonly user: string;
  /** The credential of the client, as in `JTI=<ID of the token>`; it tells replicas apart that have tokens of their own. */
  readonly credential: string;
  /** Field manager, which tells the controllers that write a Link's status from each other; empty for deletions. */
  readonly manager: string;
  /** When the request came in (ms since the epoch), by the API server's clock. */
  readonly at: number;
  /** When it was answered. */
  readonly doneAt: number;
  /** HTTP status of the answer. */
  readonly code: number;
}

/** Reads an audit log from a place in it. */
export interface AuditLog {
  /** Where the log ends now. */
  mark(): Promise<number>;
  /** What was written since that place; refused requests are left out. */
  since(mark: number): Promise<Write[]>;
  /** The requests that were refused since that place. */
  refusedSince(mark: number): Promise<Write[]>;
}

interface AuditEvent {
  readonly verb: string;
  readonly user: {
    readonly username: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly requestURI: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** Reads the audit log of a light control plane; an API server adds its line before it answers. */
export function auditLogOf(path: string): AuditLog {
  const all = async (mark: number) => {
    const text = (await readFile(path)).subarray(mark).toString();
    // the last line may still be written
    const lines = text.split('\n').slice(0, -1);
    return lines.flatMap((line) => writeOf(JSON.parse(line) as AuditEvent));
  };
  return {
    // a long line is written in pieces
    mark: async () => (await readFile(path)).lastIndexOf('\n') + 1,
    since: async (mark) => (await all(mark)).filter(({ code }) => code < 300),
    refusedSince: async (mark) => (await all(mark)).filter(({ code }) => code >= 300),
  };
}

function writeOf({ verb, user, requestURI, objectRef, ...event }: AuditEvent): Write[] {
  if (objectRef === undefined) return [];
  const { resource, namespace, name = '', subresource } = objectRef;
  return [
    {
      verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      object: namespace === undefined ? name : `${namespace}/${name}`,
      user: user.username,
      credential: user.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '',
      manager: new URL(requestURI, 'https://server').searchParams.get('fieldManager') ?? '',
      at: Date.parse(event.requestReceivedTimestamp),
      doneAt: Date.parse(event.stageTimestamp),
      code: event.responseStatus?.code ?? 500,
    },
  ];
}

/** Writes as lines for comparing: `patch links/status tunnel`. */
export function linesOf(writes: readonly Write[]): string[] {
  return writes.map(({ verb, resource, object }) => `${verb} ${resource} ${object}`);
}
