import type { Implementation, ImplementationEntry } from '../model.js';
import { createEgress } from './egress.js';
import { createIngress } from './ingress.js';
import type { HaproxySettings } from './settings.js';
import { askVersion } from './spawn.js';
import { oldest, readVersion } from './version.js';

/** Gateways that HAProxy is. */
export const haproxy: ImplementationEntry = {
  summary: `HAProxy ${oldest} or newer`,
  capabilities: {
    ...{ http: true, pooling: true, proxyProtocol: true, caps: true, invitations: true },
    ...{ judgesFirst: false, resets: 'unanswered' },
  },
  flags: {
    haproxy: {
      value: 'PROGRAM',
      help: 'what the gateway starts, or "beside": it runs in a container of its own (haproxy)',
    },
    'haproxy-directory': {
      value: 'DIR',
      help: 'what the gateway and HAProxy share, and nobody else (below the folder for temporary files)',
    },
  },
  make: (flags) => withHaproxy(settingsOf(flags)),
};

/** Makes gateways of both roles with the same settings. */
export function withHaproxy(own: HaproxySettings): Implementation {
  return {
    /** Only where HAProxy is to be started by us can it be asked before it runs. */
    async check() {
      const { command = ['haproxy'] } = own;
      if (command !== 'beside') readVersion(await askVersion(command));
    },
    egress: (settings) => createEgress(settings, own),
    ingress: (settings) => createIngress(settings, own),
  };
}

function settingsOf(flags: Readonly<Record<string, string | undefined>>): HaproxySettings {
  const { haproxy: program, 'haproxy-directory': directory } = flags;
  if (program === 'beside' && directory === undefined)
    throw new Error('--haproxy beside: name the folder that it shares with --haproxy-directory');
  return {
    ...(program !== undefined && { command: program === 'beside' ? program : ([program] as const) }),
    ...(directory !== undefined && { directory }),
  };
}
