import { isIP } from 'node:net';
import { millisecondsOf } from '../api/duration.js';
import { labelKey, labelValue } from '../api/selector.js';
import { readAddress, type Address } from '../net/address.js';
import { maxAddresses } from '../protocol/identity.js';

// Values of flags: each reader throws an Error that names the flag and the valid values.

/** Addresses of a gateway, each `host:port`. */
export function addresses(flag: string, texts: readonly string[]): Address[] {
  if (texts.length > maxAddresses)
    throw new Error(`${flag}: given ${texts.length} times, at most ${maxAddresses}`);
  return texts.map((text) => named(flag, () => readAddress(text)));
}

/** Puts the flag in front of its reader's message. */
export function named<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${flag}: ${(error as Error).message}`, { cause: error });
  }
}

/** An IP address, v4 or v6. */
export function ip(flag: string, text: string): string {
  if (isIP(text) === 0) throw new Error(`${flag}: "${text}" is not an IP address`);
  return text;
}

/** A TCP port; 0 lets the system choose. */
export function portNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new Error(`${flag}: "${text}" is not a port`);
  return value;
}

/** A DNS domain without a final dot. */
export function domain(flag: string, text: string): string {
  const labels = text.split('.');
  if (text.length > 200 || !labels.every((label) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label)))
    throw new Error(`${flag}: "${text}" is not a domain`);
  return text;
}

/** A duration like `500ms`, `30s` or `15m`, in milliseconds. */
export function milliseconds(flag: string, text: string): number {
  const value = millisecondsOf(text);
  if (Number.isNaN(value))
    throw new Error(`${flag}: "${text}" is not a duration; write one like 500ms, 30s or 15m`);
  return value;
}

/** A whole number of at least 1. */
export function count(flag: string, text: string): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value === 0)
    throw new Error(`${flag}: "${text}" is not a number of at least 1`);
  return value;
}

/** The name of a Link. */
export function linkName(flag: string, text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(text) || text === 'local')
    throw new Error(`${flag}: write a DNS label of at most 40 characters, not 'local'`);
  return text;
}

/** Labels, as `k=v,k=v`; undefined: it is something else. */
export function labels(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text.split(',').map((pair) => pair.split('='));
  const isLabel = ([key = '', value, ...more]: readonly string[]) =>
    value !== undefined && more.length === 0 && labelKey.test(key) && labelValue.test(value);
  return pairs.every(isLabel) ? (Object.fromEntries(pairs) as Record<string, string>) : undefined;
}
