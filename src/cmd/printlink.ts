import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import type { Exports, Imports } from '../api/link.js';
import { keys } from '../api/names.js';
import { apiVersion } from '../api/resources.js';
import { writeAddress, type Address } from '../net/address.js';
import type { Identity } from '../protocol/identity.js';
import { addresses, labels, linkName } from './flagvalues.js';
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
  if (values['no-address'] && values.address.length > 0)
    throw new Error('--no-address: write it without --address');
  if (values['no-address'] && exports === 'none')
    throw new Error('--no-address: with --exports none, neither cluster would reach the other');
  return {
    namespace,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(name !== undefined && { name: linkName('--name', name) }),
    addresses: values['no-address'] ? null : addresses('--address', values.address),
    exports: exports === 'none' ? null : exported(exports),
  };
}

function exported(text: string): Readonly<Record<string, string>> {
  const found = labels(text.trim().replaceAll(/\s*,\s*/g, ','));
  if (found !== undefined) return found;
  throw new Error(`--exports: "${text}" is not KEY=VALUE of a label; write none to export nothing`);
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

/** A Link without credentials, as somebody writes it. */
export function linkDocument(
  name: string,
  {
    cluster,
    caBundle,
    addresses,
    imports,
    exports,
  }: Pick<Identity, 'cluster' | 'caBundle'> &
    Partial<Pick<Identity, 'addresses'>> & {
      readonly imports?: Imports;
      readonly exports?: Partial<Exports>;
    },
) {
  return {
    ...{ apiVersion, kind: 'Link', metadata: { name } },
    spec: {
      peer: { cluster, caBundle },
      ...(addresses && { gateway: { addresses: addresses.map(({ host, port }) => ({ host, port })) } }),
      ...(imports && { imports }),
      ...(exports && { exports }),
    },
  };
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
  const link = linkDocument(name, {
    ...{ cluster, caBundle },
    ...(reached && { addresses: reached }),
    ...(exports !== null && { exports: { services: { matchLabels: { ...exports } } } }),
  });
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
