const decimal = /^[1-9]\d*$/;

/**
 * Whether one resource version is older than another of the same kind and server. Versions are compared as the
 * numbers that they are in Kubernetes (KEP-5504, stable since 1.35: decimal, without leading zeros). Other versions
 * say nothing: it is ordinary that they differ.
 */
export function isOlder(version: string, than: string): boolean {
  if (!decimal.test(version) || !decimal.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
