import { App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PeerAccessChart } from './access.js';
import { CrdChart, definitions } from './crds.js';
import { DialInChart } from './dialin.js';
import { EgressChart, IngressChart } from './gateway.js';
import { partOf, type Install } from './install.js';
import { OperatorChart } from './operator.js';
import { RbacChart } from './rbac.js';

/** The folders of the generated files. */
export interface Folders {
  /** The files for `kubectl apply -f`. What not every cluster needs is in folders below, which that command ignores. */
  readonly manifests: string;
  /** The CRDs alone. */
  readonly crds: string;
}

/** Writes all generated files in place of the earlier ones; on a failure the earlier ones are still there. */
export function synthesize(folders: Folders, install: Install): void {
  const fresh = { manifests: besideOf(folders.manifests), crds: besideOf(folders.crds) };
  try {
    write(fresh, install);
    replace(folders.manifests, fresh.manifests);
    replace(folders.crds, fresh.crds);
  } finally {
    for (const folder of [fresh.manifests, fresh.crds])
      rmSync(dirname(folder), { recursive: true, force: true });
  }
}

/** A new folder on the same file system, so that it can be moved into place. */
function besideOf(folder: string): string {
  mkdirSync(dirname(folder), { recursive: true });
  return join(mkdtempSync(`${folder}.`), 'fresh');
}

function replace(folder: string, fresh: string): void {
  const old = join(dirname(fresh), 'old');
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(fresh, folder);
}

function write(folders: Folders, install: Install): void {
  const outputFileExtension = '.yaml';

  // the number in a file's name decides the order: kubectl reads a folder by names
  const app = new App({ outdir: folders.manifests, outputFileExtension });
  new NamespaceChart(app, '00-namespace', install);
  new CrdChart(app, '01-crds', definitions);
  new RbacChart(app, '10-rbac', install);
  new OperatorChart(app, '20-operator', install);
  new EgressChart(app, '30-egress', install);
  new IngressChart(app, '31-ingress', install);
  app.synth();

  const dialIn = new App({ outdir: join(folders.manifests, 'dial-in'), outputFileExtension });
  new DialInChart(dialIn, 'dial-in', install);
  dialIn.synth();

  const access = new App({ outdir: join(folders.manifests, 'peer-access'), outputFileExtension });
  new PeerAccessChart(access, 'peer-access', install);
  access.synth();

  const crds = new App({ outdir: folders.crds, outputFileExtension });
  for (const definition of definitions) new CrdChart(crds, definition.resource.plural, [definition]);
  crds.synth();
}

/** The namespace of the operator and its gateways; it enforces the `restricted` Pod Security Standard. */
export class NamespaceChart extends Chart {
  constructor(scope: Construct, id: string, { namespace }: Install) {
    super(scope, id);
    new k8s.KubeNamespace(this, 'namespace', {
      metadata: {
        name: namespace,
        labels: { ...partOf, 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    });
  }
}
