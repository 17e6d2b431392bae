import { parseAllDocuments, stringify } from 'yaml';
import { keyOf } from '../api/resources.js';
import { translateLink, type Remark, type Translated } from './translate.js';

/** Most characters that are read. */
const longest = 1_048_576;

/** Most Links that are read. */
const most = 256;

/** What became of a text: ours as YAML, or each problem as `field: what to do`. */
export type TranslatedText =
  { readonly ok: true; readonly yaml: string } | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Translates Linkerd's Links in a text of YAML or JSON, as `kubectl get links.multicluster.linkerd.io --output yaml` prints
 * them. Each remark stands as a comment above the Link that it is about.
 */
export function translateText(text: string): TranslatedText {
  const objects = objectsIn(text);
  if (typeof objects === 'string') return { ok: false, problems: [objects] };
  if (objects.length === 0 || objects.length > most)
    return { ok: false, problems: [`the text has ${objects.length} Links: write 1 to ${most}`] };
  const translated = objects.map(translateLink);
  const several = objects.length > 1;
  const problems = translated.flatMap((one, at) =>
    one.ok ? [] : one.problems.map((problem) => (several ? `object ${at + 1}: ${problem}` : problem)),
  );
  problems.push(...twice(translated));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, yaml: translated.map((one) => (one.ok ? write(one) : '')).join('---\n') };
}

/** The objects of all documents and lists; or why the text cannot be read. */
function objectsIn(text: string): unknown[] | string {
  if (text.length > longest) return `the text is longer than ${longest} characters: write fewer Links`;
  try {
    return parseAllDocuments(text).flatMap((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      // what names an anchor again and again would become too much
      const object: unknown = document.toJS({ maxAliasCount: 16 });
      if (object === null || object === undefined) return [];
      return itemsOf(object) ?? [object];
    });
  } catch {
    return 'the text is not YAML: write what kubectl get links.multicluster.linkerd.io --output yaml prints';
  }
}

/** What is in a list; undefined: it is none. */
function itemsOf(object: unknown): unknown[] | undefined {
  if (typeof object !== 'object' || object === null || !('kind' in object) || !('items' in object))
    return undefined;
  const { kind, items } = object;
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : undefined;
}

/** Linkerd's Links have namespaces and ours have none. */
function twice(translated: readonly Translated[]): string[] {
  const names = translated.flatMap((one) => (one.ok ? [keyOf(one.link)] : []));
  const again = names.filter((name, at) => names.indexOf(name) !== at);
  return [...new Set(again)].map(
    (name) =>
      `spec.targetClusterName: several Links would be named "${name}", which is possible only once: choose one`,
  );
}

function write({ link, remarks }: Extract<Translated, { ok: true }>): string {
  const comments = remarks.map(({ field, text }: Remark) => `# ${field}: ${text}\n`);
  return `${comments.join('')}${stringify(link)}`;
}
