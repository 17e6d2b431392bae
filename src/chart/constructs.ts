import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Exports, GatewayAddress, Imports, LinkGateway, LinkSpec, Probe } from '../api/link.js';
import { parseLink, parseServiceMirror } from '../api/parse.js';
import { apiVersion } from '../api/resources.js';
import type { ServiceMirrorSpec } from '../api/servicemirror.js';

export type { ServiceMirrorSpec } from '../api/servicemirror.js';

/** The fields of T; those with a default may be left out. */
type Defaulted<T, Field extends keyof T> = Omit<T, Field> & Partial<Pick<T, Field>>;

/** The address of a remote gateway, in the form for a chart. */
export interface LinkGatewayProps extends Omit<LinkGateway, 'addresses' | 'probe'> {
  readonly addresses?: Defaulted<GatewayAddress, 'port'>[];
  readonly probe?: Partial<Probe>;
}

/** The spec of a Link, in the form for a chart: `kubectl explain links.linkerd.io.spec` describes each field. */
export interface LinkSpecProps extends Partial<Omit<LinkSpec, 'imports' | 'exports' | 'gateway'>> {
  readonly imports?: Partial<Imports>;
  readonly exports?: Defaulted<Exports, 'allowSelectorless'>;
  readonly gateway?: LinkGatewayProps;
}

/** The properties of a {@link Link}. */
export interface LinkProps {
  readonly metadata: ApiObjectMetadata & { readonly name: string };
  readonly spec: LinkSpecProps;
}

/**
 * A Link for a chart.
 *
 * @throws Error at synthesis, naming field and fix, for what the API server would refuse
 */
export class Link extends ApiObject {
  constructor(scope: Construct, id: string, { metadata, spec }: LinkProps) {
    super(scope, id, { apiVersion, kind: 'Link', metadata, spec });
    this.node.addValidation({ validate: () => problemsOf(parseLink({ metadata, spec })) });
  }
}

/** The properties of a {@link ServiceMirror}. */
export interface ServiceMirrorProps {
  readonly metadata?: ApiObjectMetadata;
  readonly spec: ServiceMirrorSpec;
}

/**
 * A ServiceMirror for a chart.
 *
 * @throws Error at synthesis, naming field and fix, for what the API server would refuse
 */
export class ServiceMirror extends ApiObject {
  constructor(scope: Construct, id: string, { metadata = {}, spec }: ServiceMirrorProps) {
    super(scope, id, { apiVersion, kind: 'ServiceMirror', metadata, spec });
    const written = { metadata: { name: this.name }, spec };
    this.node.addValidation({ validate: () => problemsOf(parseServiceMirror(written)) });
  }
}

type Outcome = { readonly ok: true } | { readonly ok: false; readonly problems: readonly string[] };

const problemsOf = (parsed: Outcome): string[] => (parsed.ok ? [] : [...parsed.problems]);
