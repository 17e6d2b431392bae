import type { Format } from './formats.js';
import { cutName, maxNameLength } from './names.js';

/** The parts of which a template may be made. */
export interface NameParts {
  /** Name and namespace of the remote Service. */
  readonly service: string;
  readonly namespace: string;
  /** Name of the Link. */
  readonly cluster: string;
}

/** A template for the names of automatic mirrors; without `{service}` all Services of a namespace would get one name. */
export const nameTemplate: Format = {
  pattern: /^([-a-z0-9]|[{](service|namespace|cluster)[}])+$/,
  maxLength: maxNameLength,
  fix: "write a template with {service}, and as needed {namespace}, {cluster}, lower-case letters, digits and '-', a letter or {...} first, no '-' last, as in '{service}-{cluster}'",
  cel: "self.contains('{service}') && !self.matches('^[-0-9]') && !self.endsWith('-')",
  holds: (text) => text.includes('{service}') && !/^[-0-9]|-$/.test(text),
};

/** The name that the template gives; beyond 63 characters it is cut and ends in 8 hex digits of a hash. */
export function nameFrom(template: string, parts: NameParts): string {
  const text = template.replace(
    /[{](service|namespace|cluster)[}]/g,
    (_all, part: keyof NameParts) => parts[part],
  );
  return cutName([text], maxNameLength);
}
