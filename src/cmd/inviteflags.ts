import { parseArgs } from 'node:util';
import { longestInvitation } from '../api/invitation.js';
import type { Exports, Imports } from '../api/link.js';
import { keys } from '../api/names.js';
import { mostInCode } from '../protocol/invitecode.js';
import type { AcceptFlags } from './accept.js';
import { addresses, labels, linkName, milliseconds } from './flagvalues.js';
import type { InviteFlags } from './invite.js';

/** The part of the help text about invitations. */
export const inviteUsage = `
invite LINK (and --kubeconfig, --namespace): invites another cluster, which is to be called LINK here, and prints a code
  --export-selector LIST     labels of the Services that it may reach, k=v,k=v (mirror.linkerd.io/exported=true)
  --export-all               it may reach all Services; --no-export: it may reach nothing
  --valid-for DURATION       how long the code can be used, 1m to 1440m, a day (15m)
  --address H:P              where the ingress gateway is reached, in place of what it publishes; at most 4 times

accept CODE (and --kubeconfig, --namespace): redeems the code of another cluster, and prints a Link for kubectl apply
  --name LINK                what the other cluster is called here (its own name)
  --dry-run                  shows what would be taken over, and uses nothing up
  --automatic                mirrors by itself what the other cluster labels mirror.linkerd.io/exported=true
  --export-selector LIST, --export-all   what the other cluster may reach here (nothing)
`;

const common = {
  kubeconfig: { type: 'string' },
  namespace: { type: 'string', default: 'service-mirror' },
  help: { type: 'boolean', default: false },
  'export-selector': { type: 'string' },
  'export-all': { type: 'boolean', default: false },
} as const;

const exported = { matchLabels: { [keys.exported]: 'true' } };

/** Reads the flags of `invite`; undefined: help is asked for. @throws an Error that names the flag */
export function readInvite(args: string[]): InviteFlags | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...common,
      'no-export': { type: 'boolean', default: false },
      'valid-for': { type: 'string', default: '15m' },
      address: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.help) return undefined;
  const validFor = milliseconds('--valid-for', values['valid-for']);
  if (validFor < 60_000 || validFor > longestInvitation)
    throw new Error('--valid-for: write 1m to 1440m, which is a day');
  if (values.address.length > mostInCode.addresses)
    throw new Error(`--address: at most ${mostInCode.addresses} times`);
  const chosen = exportsOf(values);
  if (values['no-export'] && chosen !== undefined)
    throw new Error('--no-export: write it without --export-all and --export-selector');
  const exports = values['no-export']
    ? undefined
    : (chosen ?? { services: exported, allowSelectorless: false });
  return {
    ...cluster(values),
    link: linkName('invite: the name of the Link', one('invite LINK', positionals)),
    validFor,
    addresses: addresses('--address', values.address),
    ...(exports && { exports }),
  };
}

/** Reads the flags of `accept`; undefined: help is asked for. @throws an Error that names the flag */
export function readAccept(args: string[]): AcceptFlags | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...common,
      name: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      automatic: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const exports = exportsOf(values);
  const imports = { selector: exported, automatic: true } as unknown as Imports;
  return {
    ...cluster(values),
    code: one('accept CODE', positionals),
    ...(values.name !== undefined && { name: linkName('--name', values.name) }),
    dryRun: values['dry-run'],
    ...(values.automatic && { imports }),
    ...(exports && { exports }),
  };
}

function cluster({ kubeconfig, namespace }: { kubeconfig?: string | undefined; namespace: string }) {
  return { ...(kubeconfig !== undefined && { kubeconfig }), namespace };
}

function one(usage: string, positionals: readonly string[]): string {
  const [first, ...more] = positionals;
  if (first === undefined || more.length > 0) throw new Error(`write ${usage}`);
  return first;
}

function exportsOf(values: {
  'export-selector'?: string | undefined;
  'export-all': boolean;
}): Exports | undefined {
  const { 'export-selector': selector, 'export-all': all } = values;
  if (selector !== undefined && all) throw new Error('--export-all: write it without --export-selector');
  if (all) return { all: true, allowSelectorless: false };
  if (selector === undefined) return undefined;
  const matchLabels = labels(selector);
  if (matchLabels === undefined) throw new Error('--export-selector: write labels as k=v,k=v');
  return { services: { matchLabels }, allowSelectorless: false };
}
