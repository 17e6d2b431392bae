import { createHash } from 'node:crypto';
import { access, mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed, run, runAloud } from './exec.js';
import { cacheDir, root } from './paths.js';
import { step, type Progress } from './progress.js';

const kubernetes = { major: '1', minor: '36', version: 'v1.36.3' };
const version = 'k8s.io/component-base/version';

interface GoModule {
  readonly programs: readonly string[];
  readonly ldflags: string;
  /** What to tell who waits, if it takes long. */
  readonly patience?: string;
}

/** Go modules below `tools/clusters/go` without which there is no cluster. */
const parts = {
  kube: {
    programs: ['kube'],
    // Without a version the nodes and the API server call themselves v0.0.0-master.
    ldflags: `-X ${version}.gitVersion=${kubernetes.version} -X ${version}.gitMajor=${kubernetes.major} -X ${version}.gitMinor=${kubernetes.minor}`,
    patience: ' (once; 5 minutes with a cold Go cache)',
  },
  coredns: { programs: ['coredns'], ldflags: '' },
  kindcheck: { programs: ['kindcheck'], ldflags: '' },
  tools: { programs: ['node', 'echo', 'pause', 'load'], ldflags: '' },
} as const satisfies Record<string, GoModule>;

/** Those and the modules that are built only when somebody asks for one of their programs. */
const modules = {
  ...parts,
  kstatus: { programs: ['kstatus'], ldflags: '' },
  certmanager: {
    programs: ['certmanager'],
    ldflags: '',
    patience: ' (once; half a minute, as most of it was compiled for kube)',
  },
} as const satisfies Record<string, GoModule>;

type Module = keyof typeof modules;

type ProgramOf<M extends Module> = (typeof modules)[M]['programs'][number];

/** A program of the Go part; `kube` is every Kubernetes program, named by its first argument. */
export type Program = ProgramOf<Module>;

/** A program without which there is no cluster. */
export type Part = ProgramOf<keyof typeof parts>;

/** Builds, where the cache does not have them yet, all programs that clusters are made of, and returns their paths. */
export async function ensureBinaries(progress: Progress): Promise<Record<Part, string>> {
  const built: Partial<Record<Part, string>> = {};
  for (const module of Object.keys(parts) as (keyof typeof parts)[]) {
    const directory = await ensureModule(module, progress);
    for (const program of parts[module].programs) built[program] = join(directory, program);
  }
  return built as Record<Part, string>;
}

/** Builds one program, with the others of its module, unless the cache has it, and returns its path. */
export async function ensureBinary(program: Program, progress: Progress): Promise<string> {
  const isIts = (module: Module) => (modules[module].programs as readonly Program[]).includes(program);
  const module = (Object.keys(modules) as Module[]).find(isIts);
  if (module === undefined) throw new Error(`no module builds ${program}`);
  return join(await ensureModule(module, progress), program);
}

/** Directory of a Go module, by its path, in the version that a module of ours requires; downloads it if need be. */
export async function sourceOf(path: string, { of }: { of: Module }): Promise<string> {
  const cwd = join(root, 'tools/clusters/go', of);
  const { Dir } = JSON.parse(await run(['go', 'mod', 'download', '-json', path], { cwd })) as { Dir: string };
  return Dir;
}

async function ensureModule(module: Module, progress: Progress): Promise<string> {
  const source = join(root, 'tools/clusters/go', module);
  const directory = join(cacheDir, `${module}-${await inputsHash(source, module)}`);
  if (!(await exists(directory))) {
    const { patience = '' }: GoModule = modules[module];
    await step(`building ${module}${patience}`, progress, () => build(source, directory, module));
  }
  return directory;
}

/**
 * Only one process at a time builds (flock ends with its process, so there are no stale locks), and the directory
 * appears whole or not at all.
 */
async function build(source: string, directory: string, module: Module): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  const script = `
    [ -d "$1" ] && exit
    rm -rf "$1.new"
    go build -trimpath -buildvcs=false -ldflags "-s -w $2" -o "$1.new/" ./... && mv "$1.new" "$1"`;
  const lock = join(cacheDir, 'lock');
  await runAloud(['flock', lock, 'sh', '-c', script, 'sh', directory, modules[module].ldflags], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: '0' }, // static: they run in images that hold nothing else
  });
}

async function inputsHash(source: string, module: Module): Promise<string> {
  const hash = createHash('sha256')
    .update(await goVersion())
    .update(modules[module].ldflags);
  const files = await readdir(source, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  for (const path of paths.sort()) {
    hash.update(`\0${path.slice(source.length)}\0`).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}

async function goVersion(): Promise<string> {
  try {
    return await run(['go', 'version']);
  } catch (cause) {
    if (cause instanceof CommandFailed) throw cause;
    throw new Error('Go 1.26 or newer is needed to build the test clusters: https://go.dev/dl/', { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
