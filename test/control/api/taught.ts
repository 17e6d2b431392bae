import { globSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Written } from './written.js';

/** The Links and ServiceMirrors that README, docs and examples teach, by the file and the place in it. */
export function taughtObjects(): ReadonlyMap<string, Written> {
  const pages = globSync(['README.md', 'docs/*.md', 'examples/*.md']).toSorted();
  const blocks = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = ''], at) => ({
      ...{ from: `${page}, block ${at + 1}`, text },
    })),
  );
  const files = globSync('examples/*.yaml').map((file) => ({ from: file, text: readFileSync(file, 'utf8') }));
  const found = [...blocks, ...files].flatMap(({ from, text }) =>
    parseAllDocuments(text).map((document, at): [string, Written] => [
      at === 0 ? from : `${from}, object ${at + 1}`,
      document.toJS() as Written,
    ]),
  );
  return new Map(found.filter(([, object]) => object?.apiVersion?.startsWith('linkerd.io/') === true));
}
