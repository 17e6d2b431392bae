import { readFileSync } from 'node:fs';
import { imageOf } from './install.js';
import { synthesize } from './synth.js';

/** The cdk8s app: `cdk8s synth` runs it and says where manifests go; `IMAGE_PREFIX` names a registry of one's own. */
const { CDK8S_OUTDIR: manifests = 'manifests', IMAGE_PREFIX: prefix } = process.env;
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

synthesize(
  { manifests, crds: 'crds' },
  { namespace: 'service-mirror', version, image: imageOf(version, prefix) },
);
