import { isIP } from 'node:net';
import { durationPattern, parseDuration } from './duration.js';

/** A form of text: a pattern for tools, a rule in CEL for the API server, and a check for run time. */
export interface Format {
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** What to write instead; shown when a text is refused. */
  readonly fix: string;
  /** A rule in CEL over `self` for what the pattern cannot express; `holds` is the same in TypeScript. */
  readonly cel?: string;
  readonly holds?: (text: string) => boolean;
}

/** RFC 1123 label, as names of namespaces and clusters are. */
export function dnsLabel(what: string, maxLength = 63): Format {
  return {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    maxLength,
    fix: `write ${what}: at most ${maxLength} lower-case letters, digits and '-', a letter or digit first and last`,
  };
}

/** RFC 1035 label, as names of Services are. */
export function serviceName(what: string): Format {
  return {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    maxLength: 63,
    fix: `write ${what}: at most 63 lower-case letters, digits and '-', a letter first, a letter or digit last`,
  };
}

/** RFC 1123 subdomain: labels joined by dots. */
export function dnsName(what: string): Format {
  return {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    maxLength: 253,
    fix: `write ${what}: at most 253 lower-case letters, digits, '-' and '.', without a dot at the end`,
  };
}

/** An IPv4 or IPv6 address, or a DNS name. */
export const host: Format = {
  pattern: /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/,
  maxLength: 253,
  fix: 'write a bare IP address or DNS name, without scheme, brackets or port (the port has a field of its own)',
  holds: (text) => isIP(text) !== 0 || (!text.includes(':') && !/^[0-9.]+$/.test(text)),
  // a name of digits and dots alone is a mistyped IPv4 address: no top-level domain is a number (RFC 3696, 2)
  cel: "self.contains(':') || !self.matches('^[0-9.]+$') || self.matches('^([0-9]{1,3}[.]){3}[0-9]{1,3}$')",
};

/** A duration within bounds; both as they are written, for example `100ms` and `10m`. */
export function duration(least: string, most: string): Format {
  const [min, max] = [parseDuration(least), parseDuration(most)];
  return {
    pattern: durationPattern,
    maxLength: 8,
    fix: `write a duration from ${least} to ${most}: a number and a unit, as in 500ms, 3s or 1m`,
    cel: `duration(self) >= duration('${least}') && duration(self) <= duration('${most}')`,
    holds: (text) => parseDuration(text) >= min && parseDuration(text) <= max,
  };
}

/** A label or annotation key, or all keys of a prefix as `prefix/*`. */
export const keyOrPrefix: Format = {
  pattern:
    /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?[/]([*]|[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)|[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/,
  maxLength: 317,
  fix: "write one key, as in 'team' or 'example.com/team', or all keys of a prefix, as in 'example.com/*'",
};

/** The path of an HTTP request. */
export const httpPath: Format = {
  pattern: /^[/][!-~]*$/,
  maxLength: 256,
  fix: "write a path that begins with '/', without spaces, as in '/ready'",
};

/** The name of a port: at most 15 characters, at least one of them a letter (RFC 6335, 5.1). */
export const portName: Format = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 63,
  fix: "write a port's number (1 to 65535) or its name as the remote Service has it, as in 80 or 'http'",
};

/** CA certificates. A private key among them is refused, because everybody who reads Links could read it. */
export const certificates: Format = {
  pattern: /-----BEGIN CERTIFICATE-----/,
  maxLength: 65536,
  fix: "write the peer's CA certificates in PEM ('-----BEGIN CERTIFICATE-----'), and no private key",
  cel: "!self.contains('PRIVATE KEY')",
  holds: (text) => !text.includes('PRIVATE KEY'),
};

/** The pin of a CA: the hash of its public key. */
export const keyPin: Format = {
  pattern: /^sha256:[0-9a-f]{64}$/,
  maxLength: 71,
  fix: "write 'sha256:' and the 64 hex digits of the hash of the CA's public key",
};
