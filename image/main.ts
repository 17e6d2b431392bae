import { readFileSync } from 'node:fs';
import { imageOf } from '../src/chart/install.js';
import { bundle } from './bundle.js';
import { writeOperatorImage } from './image.js';

/** `bundle` writes the one-file program to build/bundle; `image` also writes build/image.tar around it. */
const [, , what] = process.argv;
const written = await bundle('build/src/main.js', 'build/bundle');
console.log(`wrote ${written.script}`);

if (what === 'image') {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const name = imageOf(version);
  await writeOperatorImage('build/image.tar', { name, bundle: written, node: process.execPath });
  console.log(`wrote build/image.tar: ${name}`);
}
