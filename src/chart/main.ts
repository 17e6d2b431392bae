import { readFileSync } from 'node:fs';
import { readInstall } from './settings.js';
import { synthesize } from './synth.js';

/** The cdk8s app: `cdk8s synth` runs it and says where manifests go; other variables choose what is installed. */
const { CDK8S_OUTDIR: manifests = 'manifests' } = process.env;
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

synthesize({ manifests, crds: 'crds' }, readInstall(process.env, version));
