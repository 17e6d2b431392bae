import { linkOf } from './render/egress.js';

/**
 * Connections that HAProxy could not carry for reasons that rules do not see, from the output of `show stat`
 * (management guide, section 9.1): failed handshakes, and servers that could not be connected. Keyed by
 * `reason|link`, like the refusals that rules count. The link of a failed handshake is not known, nor is that of a
 * failed target.
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
  // the server that HAProxy uses when the one real server cannot be connected; that is not counted as an error
  return row === 'nowhere' ? [key, Number(field('stot'))] : undefined;
}

/** The backends that connect to targets: for bytes, and for requests of HTTP/1.1 and HTTP/2. */
const targets: ReadonlySet<string> = new Set(['exported', 'requests', 'requests-h2']);

function failedDial(backend: string): string | undefined {
  const link = linkOf(backend);
  if (link !== undefined) return `PeerUnreachable|${link}`;
  return targets.has(backend) ? 'TargetUnreachable|' : undefined;
}
