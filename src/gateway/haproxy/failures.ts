import { linkOf } from './render/egress.js';

/**
 * Connections that HAProxy could not carry for reasons that no rule sees, out of what `show stat` prints (management
 * guide, section 9.1): handshakes that failed, and servers that could not be connected. By `reason|link`, as rules count
 * what they refuse; who fails in the handshake is not known, nor is who asked for a target.
 */
export function readFailures(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const [head = '', ...lines] = text.split('\n');
  const columns = head.replace(/^# /, '').split(',');
  for (const line of lines) {
    const cells = line.split(',');
    const field = (name: string) => cells[columns.indexOf(name)] ?? '';
    const [key, count] = failuresOf(field) ?? [];
    if (key !== undefined && count) counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return counts;
}

/** The failures of one row: of a frontend, a backend as a whole, or a server. */
function failuresOf(field: (name: string) => string): [key: string, count: number] | undefined {
  const proxy = field('pxname');
  const row = field('svname');
  if (row === 'FRONTEND')
    return proxy === 'ingress' ? ['Handshake|', Number(field('ssl_failed_handshake'))] : undefined;
  const key = failedDial(proxy);
  if (key === undefined) return undefined;
  if (row === 'BACKEND') return [key, Number(field('econ'))];
  // where HAProxy turns to when the one real server could not be connected: that counts as no error
  return row === 'nowhere' ? [key, Number(field('stot'))] : undefined;
}

/** What connects to targets: for bytes, and for requests of HTTP/1.1 and HTTP/2. */
const targets: ReadonlySet<string> = new Set(['exported', 'requests', 'requests-h2']);

function failedDial(backend: string): string | undefined {
  const link = linkOf(backend);
  if (link !== undefined) return `PeerUnreachable|${link}`;
  return targets.has(backend) ? 'TargetUnreachable|' : undefined;
}
