import { request } from 'node:http';

/** Starts and kills programs of one node, through its first process. */
export interface Programs {
  /** Starts a program; its output goes to `log/NAME.log` of the node. Rejects when one of that name runs. */
  start(name: string, argv: readonly string[]): Promise<void>;
  /** Kills a program, if it runs, and waits until it has ended. */
  kill(name: string): Promise<void>;
}

/** Talks to the first process of a node, whose number on this machine is `pid`. */
export function programsOf(pid: number): Programs {
  const post = (path: string, body: unknown) =>
    new Promise<void>((resolve, reject) => {
      const socketPath = pathInNode(pid, '/run/control.sock');
      const sent = request({ socketPath, path, method: 'POST' }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${path}: ${text.trim()}`));
        });
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
  return {
    start: (name, argv) => post(`/start/${name}`, argv),
    kill: (name) => post(`/kill/${name}`, []),
  };
}

/** A path of the node as this machine sees it, which is short enough for a socket's address too. */
export function pathInNode(pid: number, path: string): string {
  return `/proc/${pid}/root${path}`;
}
