import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { keys } from '../api/names.js';
import { apiVersion } from '../api/resources.js';
import { labelKey, labelValue } from '../api/selector.js';
import { writeAddress, type Address } from '../net/address.js';
import type { Identity } from '../protocol/identity.js';
import { addresses } from './flagvalues.js';
import { readOwnIdentity, type CommandOptions } from './invite.js';

/** The options of the command `print-link`, out of its flags. */
export interface PrintLinkFlags {
  readonly kubeconfig?: string;
  readonly namespace: string;
  /** Name of the Link. @default this cluster's name */
  readonly name?: string;
  /** Where the other cluster reaches our ingress gateway; null: it does not. @default as it is published */
  readonly addresses: readonly Address[] | null;
  /** Labels of the other cluster's Services that we may reach; null: none. */
  readonly exports: Readonly<Record<string, string>> | null;
}

/** The convention of linked clusters: what has this label is exported. */
const byConvention = `${keys.exported}=true`;

/**
 * Reads the flags of `print-link`; undefined: they ask for help.
 *
 * @throws an Error that names the flag and the fix
 */
export function printLinkFlags(args: string[]): PrintLinkFlags | undefined {
  const { values } = parseArgs({
    args,
    options: {
      kubeconfig: { type: 'string' },
      namespace: { type: 'string', default: 'service-mirror' },
      name: { type: 'string' },
      address: { type: 'string', multiple: true, default: [] },
      'no-address': { type: 'boolean', default: false },
      exports: { type: 'string', default: byConvention },
      help: { type: 'boolean', default: false },
    },
  });
  const { kubeconfig, namespace, name, exports } = values;
  if (values.help) return undefined;
  if (name !== undefined && (!/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name) || name === 'local'))
    throw new Error(`--name: "${name}" is not a DNS label of at most 40 characters, or it is "local"`);
  if (values['no-address'] && values.address.length > 0)
    throw new Error('--no-address: write it without --address');
  if (values['no-address'] && exports === 'none')
    throw new Error('--no-address: with --exports none, neither cluster would reach the other');
  return {
    namespace,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(name !== undefined && { name }),
    addresses: values['no-address'] ? null : addresses('--address', values.address),
    exports: exports === 'none' ? null : labels(exports),
  };
}

function labels(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [key = '', value, ...more] = pair.trim().split('=');
      if (value === undefined || more.length > 0 || !labelKey.test(key) || !labelValue.test(value))
        throw new Error(`--exports: "${pair}" is not KEY=VALUE of a label; write none to export nothing`);
      return [key, value] as const;
    }),
  );
}

/**
 * Prints the Link by which another cluster knows this one, as YAML for `kubectl apply` there. All of it is public.
 *
 * @throws an Error that names what is missing and the fix
 */
export async function printLink(
  flags: Omit<PrintLinkFlags, 'kubeconfig'>,
  { kube, clock, print }: Pick<CommandOptions, 'kube' | 'clock' | 'print'>,
): Promise<void> {
  const { namespace } = flags;
  print(textOf(await readOwnIdentity({ kube, clock, namespace }), flags));
}

function textOf(
  { cluster, caBundle, addresses: published }: Identity,
  { name = cluster, addresses: wanted, exports }: Pick<PrintLinkFlags, 'name' | 'addresses' | 'exports'>,
): string {
  const reached = wanted === null ? null : wanted.length > 0 ? wanted : published;
  if (reached?.length === 0)
    throw new Error(
      'the ingress gateway has no address: wait until Service service-mirror-ingress has one, name it with --address HOST:PORT, or write --no-address if the other cluster does not call this one',
    );
  const link = {
    ...{ apiVersion, kind: 'Link', metadata: { name } },
    spec: {
      peer: { cluster, caBundle },
      ...(reached && { gateway: { addresses: reached.map(({ host, port }) => ({ host, port })) } }),
      ...(exports !== null && { exports: { services: { matchLabels: { ...exports } } } }),
    },
  };
  const heading = [
    reached
      ? `How another cluster knows "${cluster}", and reaches it at ${reached.map(writeAddress).join(' and ')}. Apply it there.`
      : `How another cluster knows "${cluster}", which it does not call. Apply it there.`,
    ...(exports === null
      ? [`"${cluster}" may reach nothing there.`]
      : [`"${cluster}" may reach the Services there that have all labels of spec.exports.`]),
  ];
  return `${heading.map((line) => `# ${line}\n`).join('')}${stringify(link)}`;
}
