import type { LinkSpec } from '../../../src/api/link.js';
import type { Service } from '../../../src/api/objects.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import type { Says } from '../../driver/conditions.js';

/** What a mirror should be like; what is left out does not matter. */
export interface Shown {
  /** @default Ready=True */
  readonly says?: readonly Says[];
  /** What its condition Ready tells. */
  readonly message?: RegExp;
  /** Ports of the Service, as `text.ts` writes them. */
  readonly ports?: readonly string[];
  /** Ports of its slices, each once. */
  readonly podPorts?: readonly string[];
  /** Addresses of its endpoints, those that are not ready in brackets. */
  readonly endpoints?: readonly string[];
  /** Endpoints as `kubectl get sm` counts them: `1/2`. */
  readonly counted?: string;
  /** Labels of the Service; undefined: it has none of that name. */
  readonly labels?: Readonly<Record<string, string | undefined>>;
  readonly annotations?: Readonly<Record<string, string | undefined>>;
  /** Fields of the Service's spec; undefined: absent. */
  readonly spec?: { readonly [K in keyof Service['spec']]?: Service['spec'][K] | undefined };
  /** It is still this Service, with its cluster IP. */
  readonly stays?: Readonly<Service>;
  /** It is a Service of that name that was made after this one. */
  readonly after?: Readonly<Service>;
}

/** A Link in the words of a case; its transport is flat, and it has the credentials of Paris, unless said otherwise. */
export type Linked = Omit<Partial<LinkSpec>, 'imports'> & {
  readonly imports?: Partial<NonNullable<LinkSpec['imports']>>;
};

/** What is different where London learns of Paris in another way, and not over transport flat. */
export interface Via {
  /** Has a Link of that name. */
  link(name: string, imports: Linked['imports']): Promise<void>;
  /** What a mirror shows there, where it would show that over transport flat. */
  shown(wanted: Shown, mirror: Readonly<ServiceMirror>): Shown;
}
