import { keys } from '../api/names.js';
import type { LabelSelector } from '../api/objects.js';
import { parseLink } from '../api/parse.js';
import type { LinkerdSpec } from './linkerdlink.js';
import type { Findings } from './probe.js';
import { admits, eitherOf, requires } from './selectors.js';

const selectors = ['selector', 'remoteDiscoverySelector', 'federatedServiceSelector'] as const;

/** Linkerd's label on a Service, and the value with which clients find the remote pods themselves. */
const discovery = { label: keys.exported, value: 'remote-discovery' } as const;

/** What the Link imports. With Linkerd a selector that is empty or left out selects nothing, and here it would select all. */
export function selectorFrom(
  { selector, remoteDiscoverySelector, federatedServiceSelector }: LinkerdSpec,
  hasGateway: boolean,
  { remarks }: Findings,
): LabelSelector | undefined {
  const say = (field: string, text: string) => remarks.push({ field: `spec.${field}`, text });
  if (federatedServiceSelector !== undefined)
    say(
      'federatedServiceSelector',
      'not carried over: write imports.federated with this selector; imports.selector, if there is one, must select the members, too (docs/automatic.md)',
    );
  if (selector === undefined && remoteDiscoverySelector === undefined) {
    say(
      'selector',
      'unset or empty, which selects nothing with Linkerd; so this Link imports nothing: write credentialsSecretRef and imports to take something',
    );
    return undefined;
  }
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
  const none = discovered === undefined ? '; so this Link imports nothing' : '';
  if (selector !== undefined)
    say('selector', `without spec.gatewayAddress Linkerd mirrors nothing by it; it stays behind${none}`);
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
