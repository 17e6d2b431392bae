import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { imageOf } from '../../src/chart/install.js';
import { toStderr } from '../clusters/progress.js';
import { chosenBuild } from '../debian/haproxy.js';
import { bundle } from './bundle.js';
import { chosenFixes, haproxyArchive, writeAwsLcImage, writeHaproxyImage } from './haproxy.js';
import { writeOperatorImage } from './operator.js';

/**
 * `bundle` writes the one-file program to build/bundle; `image` also writes the images that the manifests name, those that
 * `cdk8s synth` writes with the same HAPROXY_BUILD.
 */
async function main([what]: readonly string[]): Promise<void> {
  const written = await bundle('build', 'build/bundle');
  console.log(`wrote ${written.script}`);
  if (what !== 'image') return;
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const name = imageOf(version);
  await writeOperatorImage('build/image.tar', { name, bundle: written, node: process.execPath });
  console.log(`wrote build/image.tar: ${name}`);
  const haproxy =
    chosenBuild() === 'stock'
      ? await writeHaproxyImage(haproxyArchive, toStderr)
      : await writeAwsLcImage(haproxyArchive, chosenFixes(), toStderr);
  console.log(`wrote ${relative('.', haproxyArchive)}: ${haproxy}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
