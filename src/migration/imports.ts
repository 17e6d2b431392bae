import { keys } from '../api/names.js';
import type { Imports } from '../api/link.js';
import type { LabelSelector } from '../api/objects.js';
import { parseLink } from '../api/parse.js';
import type { LinkerdSpec } from './linkerdlink.js';
import type { Findings } from './probe.js';
import { admits, eitherOf, requires } from './selectors.js';

const selectors = ['selector', 'remoteDiscoverySelector', 'federatedServiceSelector'] as const;

/** Linkerd's label on a Service, and the value with which clients find the remote pods themselves. */
const discovery = { label: keys.exported, value: 'remote-discovery' } as const;

/** What a Link imports. */
export type Taken = Pick<Imports, 'selector' | 'automatic' | 'federated'>;

/**
 * What the Link imports; undefined: nothing. With Linkerd a selector that is empty or left out selects nothing, and here it would
 * select all.
 */
export function importsFrom(
  spec: LinkerdSpec,
  hasGateway: boolean,
  { remarks }: Findings,
): Taken | undefined {
  const say = (field: string, text: string) => remarks.push({ field: `spec.${field}`, text });
  const members = spec.federatedServiceSelector;
  const federated = members && { federated: { selector: members } };
  const mirrored =
    spec.selector === undefined && spec.remoteDiscoverySelector === undefined
      ? undefined
      : mirroredBy(spec, hasGateway, say);
  if (mirrored === undefined) {
    if (federated !== undefined) return { selector: federated.federated.selector, ...federated };
    say(
      'selector',
      'nothing is selected with Linkerd; so this Link imports nothing: write credentialsSecretRef and imports to take something',
    );
    return undefined;
  }
  if (federated === undefined) return { selector: mirrored, automatic: true };
  const all = eitherOf(mirrored, federated.federated.selector);
  // with Linkerd, too, what both selectors select has both
  if (all === mirrored) return { selector: mirrored, automatic: true, ...federated };
  say(
    'federatedServiceSelector',
    all === undefined
      ? 'a Link sees only what imports.selector selects: label members so that it selects them, too; they get mirrors of their own besides'
      : 'members get mirrors of their own besides',
  );
  return { selector: all ?? mirrored, automatic: true, ...federated };
}

/** What gets a mirror for itself. */
function mirroredBy(
  { selector, remoteDiscoverySelector }: LinkerdSpec,
  hasGateway: boolean,
  say: (field: string, text: string) => void,
): LabelSelector | undefined {
  if (!hasGateway) return withoutGateway(selector, remoteDiscoverySelector, say);
  const { label, value } = discovery;
  if (selector !== undefined && remoteDiscoverySelector === undefined && admits(selector, label, value))
    say(
      'selector',
      `Services that it selects and that have label ${label}=${value} are not called through the gateway here`,
    );
  if (remoteDiscoverySelector === undefined) return selector;
  if (!requires(remoteDiscoverySelector, label, value))
    say(
      'remoteDiscoverySelector',
      `clients find the remote pods of a Service only if it has label ${label}=${value}; label the selected Services in the other cluster`,
    );
  if (selector === undefined) return remoteDiscoverySelector;
  const both = eitherOf(selector, remoteDiscoverySelector);
  if (both !== undefined) return both;
  say(
    'remoteDiscoverySelector',
    'one selector cannot say what this one and spec.selector say together, so that only spec.selector is carried over; label the Services that it misses, or write mirrors of them by hand',
  );
  return selector;
}

function withoutGateway(
  selector: LabelSelector | undefined,
  discovered: LabelSelector | undefined,
  say: (field: string, text: string) => void,
): LabelSelector | undefined {
  if (selector !== undefined)
    say('selector', 'without spec.gatewayAddress Linkerd mirrors nothing by it; it stays behind');
  return discovered;
}

/** The problems of the selectors, by the rules for ours. */
export function unsoundSelectors(spec: LinkerdSpec): string[] {
  return selectors.flatMap((field) => unsoundOf(field, spec[field]));
}

function unsoundOf(field: string, selector: LabelSelector | undefined): string[] {
  if (selector === undefined) return [];
  const spec = { credentialsSecretRef: { name: 'any' }, imports: { selector } };
  const parsed = parseLink({ metadata: { name: 'any' }, spec });
  const inOurs = 'spec.imports.selector';
  return parsed.ok
    ? []
    : parsed.problems.map((problem) =>
        problem.startsWith(inOurs) ? `spec.${field}${problem.slice(inOurs.length)}` : problem,
      );
}
