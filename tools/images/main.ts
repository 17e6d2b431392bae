import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { haproxyImage, imageOf } from '../../src/chart/install.js';
import { toStderr } from '../clusters/progress.js';
import { haproxyArchive, writeHaproxyImage } from './haproxy.js';
import { bundle } from './bundle.js';
import { writeOperatorImage } from './operator.js';

/** `bundle` writes the one-file program to build/bundle; `image` also writes the images that the manifests name. */
const [, , what] = process.argv;
const written = await bundle('build/src/cmd/main.js', 'build/bundle');
console.log(`wrote ${written.script}`);

if (what === 'image') {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const name = imageOf(version);
  await writeOperatorImage('build/image.tar', { name, bundle: written, node: process.execPath });
  console.log(`wrote build/image.tar: ${name}`);
  await writeHaproxyImage(haproxyArchive, toStderr);
  console.log(`wrote ${relative('.', haproxyArchive)}: ${haproxyImage}`);
}
