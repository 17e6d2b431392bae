import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { celRulesOf, type ApiClass } from './crd.js';
import { InvitationSpec, type Invitation } from './invitation.js';
import { LinkSpec, type Link } from './link.js';
import type { KubeObject } from './objects.js';
import { onceEach } from './once.js';
import { ServiceMirrorSpec, type ServiceMirror } from './servicemirror.js';

export { parseDuration } from './duration.js';

/** The result of parsing: the object with its defaults filled in, or each problem as `field: what to do`. */
export type Parsed<Name extends string, T> =
  | ({ readonly ok: true } & Readonly<Record<Name, Readonly<T>>>)
  | { readonly ok: false; readonly problems: readonly string[] };

/** An object from an API server whose spec has not been checked. */
export type Unparsed = Readonly<Pick<KubeObject, 'metadata'>> & { readonly spec?: unknown };

/** A Link's name is the `cluster` of mirrors and part of labels; `local` is this cluster itself. */
const linkName = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;

/**
 * Reads a Link. This check comes after the CRD's, for objects that were stored under an older CRD. The result is kept
 * for each object, so that every reconcile may ask for it.
 */
export const parseLink: (object: Unparsed) => Parsed<'link', Link> = onceEach((object) => {
  const { spec, problems } = readSpec(LinkSpec, object.spec);
  const { name } = object.metadata;
  if (!linkName.test(name) || name === 'local') {
    problems.push("metadata.name: write a DNS label of at most 40 characters, not 'local'");
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, link: { ...(object as Link), spec } };
});

/** Reads an Invitation, like {@link parseLink} reads a Link. */
export const parseInvitation: (object: Unparsed) => Parsed<'invitation', Invitation> = onceEach((object) => {
  const { spec, problems } = readSpec(InvitationSpec, object.spec);
  if (spec.link === 'local')
    problems.push("spec.link: write another name, 'local' means this cluster itself");
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, invitation: { ...(object as Invitation), spec } };
});

/** Reads a ServiceMirror, like {@link parseLink} reads a Link. */
export function parseServiceMirror(object: Unparsed): Parsed<'mirror', ServiceMirror> {
  const { spec, problems } = readSpec(ServiceMirrorSpec, object.spec);
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, mirror: { ...(object as ServiceMirror), spec } };
}

/**
 * The problems of a ServiceMirror's spec. They are kept for each spec, which is the same object for as long as it is equal
 * (`createStore`): a mirror changes its status far more often.
 */
export function problemsOfMirror({ spec }: Readonly<ServiceMirror>): readonly string[] {
  return problemsOfSpec(spec);
}

const problemsOfSpec = onceEach((spec: ServiceMirrorSpec): readonly string[] => {
  const { problems } = readSpec(ServiceMirrorSpec, spec);
  return problems.length === 0 ? none : problems;
});

const none: readonly string[] = Object.freeze([]);

function readSpec<T extends object>(type: ApiClass<T>, plain: unknown): { spec: T; problems: string[] } {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    return { spec: new type(), problems: ['spec: write an object'] };
  }
  const spec = plainToInstance(type, withoutUnset(plain), {
    exposeDefaultValues: true,
    exposeUnsetFields: false,
  });
  const problems = validateSync(spec).flatMap((error) => problemsOf(error, 'spec'));
  // rules read several fields at once and rely on each of them
  if (problems.length === 0) problems.push(...brokenRules(spec, 'spec'));
  return { spec: withoutUnset(spec), problems };
}

function problemsOf(
  { property, constraints = {}, children = [] }: ValidationError,
  parent: string,
): string[] {
  const path = /^\d+$/.test(property) ? `${parent}[${property}]` : `${parent}.${property}`;
  const messages = new Set(Object.values(constraints));
  return [
    ...[...messages].map((message) => `${path}: ${message}`),
    ...children.flatMap((child) => problemsOf(child, path)),
  ];
}

function brokenRules(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => brokenRules(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const rules = celRulesOf(value.constructor as ApiClass);
  return [
    ...rules
      .filter(({ holds }) => holds !== undefined && !holds(value))
      .map(({ fieldPath = '', message }) => `${path}${fieldPath}: ${message}`),
    ...Object.entries(value).flatMap(([field, inner]) => brokenRules(inner, `${path}.${field}`)),
  ];
}

/** Plain data; a null or undefined field counts as absent. */
function withoutUnset<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutUnset) as T;
  if (typeof value !== 'object' || value === null) return value;
  const set = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null);
  return Object.fromEntries(set.map(([field, inner]) => [field, withoutUnset(inner)])) as T;
}
