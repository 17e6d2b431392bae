import { cpSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readInstall } from './settings.js';
import { synthesize } from './synth.js';

/** The folder in which the CLI looks for output (cdk8s.yaml); the files themselves are committed in `manifests/`. */
const copy = 'build/manifests';

/** The cdk8s app: `cdk8s synth` runs it and gives the folder for manifests; other variables choose what is installed. */
const { CDK8S_OUTDIR: outdir = copy } = process.env;
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

try {
  const install = readInstall(process.env, version);
  const asked = resolve(outdir) !== resolve(copy);
  synthesize({ manifests: asked ? outdir : 'manifests', crds: 'crds' }, install);
  if (!asked) {
    cpSync('manifests', outdir, { recursive: true });
    process.stderr.write('manifests/ and crds/ are written; manifests/ is also in:\n');
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
