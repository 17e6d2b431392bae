import { Agent, request as httpRequest } from 'node:http';

/** What the web server of the HTTP tests says that it was asked. */
export interface Seen {
  readonly host: string;
  /** Values of the headers that name a caller. */
  readonly callers: readonly string[];
  readonly body: string;
}

/** One request, with its body if it has one. */
interface Asked {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  /** Of a length that is not said beforehand. */
  readonly chunked?: boolean;
}

/** One request on a connection of its own. */
export async function ask(port: number, headers: Required<Asked>['headers']): Promise<Seen> {
  const [seen] = await askAgain(port, [{ headers }]);
  return seen!;
}

/** One request after the other, all on one connection. */
export async function askAgain(port: number, all: readonly Asked[]): Promise<Seen[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const answers: Seen[] = [];
    for (const one of all) answers.push(JSON.parse(await exchange(port, one, agent)) as Seen);
    return answers;
  } finally {
    agent.destroy();
  }
}

function exchange(
  port: number,
  { headers = { host: 'bar' }, body, chunked = false }: Asked,
  agent: Agent,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...{ host: '127.0.0.1', port, agent, method: body === undefined ? 'GET' : 'POST' },
      headers: {
        ...headers,
        ...(body !== undefined && !chunked && { 'content-length': String(Buffer.byteLength(body)) }),
        ...(chunked && { 'transfer-encoding': 'chunked' }),
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.toArray().then((chunks) => resolve(chunks.join('')), reject);
    });
    request.end(body);
  });
}
