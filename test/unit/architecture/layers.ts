import { basename, dirname } from 'node:path';
import { isBuiltin } from 'node:module';
import type { Import } from './source-tree.ts';

/**
 * The architecture, `docs/architecture.md`, as a table: what each part of `src` may import of the others. Imports go
 * right only, never sideways:
 *
 * cli ─ manager ─ controllers/<kind>, webhook, agent ─ roles ─ allocation, workload ─ ledger, runtime, manifests ─ api ─ kube ─ core ─ base
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  core: ['base'],
  // Parses resources into core terms. Kubernetes' own types are those of kube; it knows no client.
  api: ['base', 'core'],
  // Knows no ports.
  kube: ['base'],
  // Knows no custom resources, and nobody that runs it.
  ledger: ['base', 'core', 'kube'],
  // Knows no ports.
  runtime: ['base', 'kube'],
  // Values, whatever is in the cluster.
  manifests: ['base', 'core', 'api', 'kube'],
  allocation: ['base', 'core', 'api', 'kube', 'ledger', 'runtime'],
  // Pure functions on pod specs.
  workload: ['base', 'core', 'api'],
  // Has roles hold their numbers, and knows no ledger.
  roles: ['base', 'core', 'api', 'kube', 'allocation', 'workload'],
  controllers: ['base', 'core', 'api', 'kube', 'runtime', 'allocation', 'workload', 'roles'],
  // Tells what it sees, and knows no holders.
  agent: ['base', 'core', 'api', 'kube'],
  webhook: ['base', 'core', 'api', 'kube', 'runtime', 'allocation', 'workload'],
  // Composes one manager; knows neither options nor exit codes.
  manager: [
    'base',
    'core',
    'api',
    'kube',
    'ledger',
    'runtime',
    'allocation',
    'workload',
    'roles',
    'controllers',
    'webhook',
  ],
  // Commands and options.
  cli: [
    'base',
    'core',
    'api',
    'kube',
    'ledger',
    'runtime',
    'manifests',
    'allocation',
    'workload',
    'roles',
    'controllers',
    'webhook',
    'agent',
    'manager',
  ],
};

/** What a part may not import, though its neighbours may: sets and instances hold numbers by what they share. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  'controllers/role-instance-set': ['allocation'],
  'controllers/role-instance': ['allocation'],
};

/** Parts of which others may see types alone. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = { api: ['kube'], workload: ['kube'] };

/** Parts whose folders may lack an `index.ts`: the files of `base` are imported one by one, those of `cli` by nobody else. */
const WITHOUT_DOOR = ['base', 'cli'];

/** Packages that one part wraps for all others. */
const OWNER_OF_PACKAGE: Readonly<Record<string, string>> = {
  '@kubernetes/client-node': 'kube',
  '@dot-i/k8s-operator': 'kube',
  undici: 'kube',
};

/** Parts without input and output, and those that use the language alone. */
const WITHOUT_NODE = ['core', 'api', 'workload'];
const WITHOUT_PACKAGES = ['base', 'core'];

const EMPTY_NAMES = /^(utils?|helpers?|common|misc)$/;

/** What is wrong with `each` import, in a sentence without its subject; undefined when nothing is. */
export function faultOf(each: Import): string | undefined {
  return each.isOurs ? faultBetweenParts(each) : faultOfPackage(each);
}

function faultBetweenParts({ from, to, typesOnly }: Import): string | undefined {
  if (to.startsWith('..')) return outside(from, to);
  if (!to.endsWith('.ts')) return 'names no file: write the path with its .ts';
  const [mine, theirs] = [partOf(from), partOf(to)];
  const allowed = MAY_IMPORT[mine.layer];
  if (allowed === undefined) return `stands in src/${mine.layer}, a part that the architecture doesn't have`;
  if (mine.name === theirs.name) return entersFolder(from, to);
  if (WITHOUT[mine.name]?.includes(theirs.layer) === true)
    return `is not for ${mine.name}, which asks by what roles share`;
  if (mine.layer === theirs.layer) return `goes sideways, from ${mine.name} to ${theirs.name}`;
  if (TYPES_ONLY[mine.layer]?.includes(theirs.layer) === true) {
    return typesOnly ? entersFolder(from, to) : `takes more than types from ${theirs.layer}: write "import type"`;
  }
  if (!allowed.includes(theirs.layer))
    return `is not for ${mine.layer}, which may import ${allowed.join(', ') || 'nothing'}`;
  return entersFolder(from, to);
}

function outside(from: string, to: string): string | undefined {
  return partOf(from).layer === 'cli' && to.endsWith('.json') ? undefined : 'leaves src';
}

/** Folders are entered through their `index.ts`, from anywhere but inside of them. */
function entersFolder(from: string, to: string): string | undefined {
  const folder = dirname(to);
  const inside = from.startsWith(`${folder}/`) || folder === '.';
  return inside || WITHOUT_DOOR.includes(partOf(to).layer) || basename(to) === 'index.ts'
    ? undefined
    : `passes by the door: import ${folder}/index.ts`;
}

function faultOfPackage({ from, to }: Import): string | undefined {
  const { layer } = partOf(from);
  if (isBuiltin(to)) {
    if (!to.startsWith('node:')) return `is a module of Node: write "node:${to}"`;
    return WITHOUT_NODE.includes(layer) || layer === 'base'
      ? `is a module of Node, and ${layer} does without`
      : undefined;
  }
  if (to === '(computed)') return 'is computed, so that nobody can check it';
  if (WITHOUT_PACKAGES.includes(layer)) return `is a package, and ${layer} does without`;
  const owner =
    OWNER_OF_PACKAGE[
      to
        .split('/')
        .slice(0, to.startsWith('@') ? 2 : 1)
        .join('/')
    ];
  return owner === undefined || owner === layer ? undefined : `is for ${owner} alone`;
}

/** The part of the sources that `file` belongs to: each kind of controller is one of its own. */
function partOf(file: string): { readonly layer: string; readonly name: string } {
  const [layer = '', kind = ''] = file.split('/');
  return { layer, name: layer === 'controllers' ? `${layer}/${kind}` : layer };
}

/** Cycles among `imports`, types included, each as the files that it goes through. */
export function cyclesIn(imports: readonly Import[]): readonly (readonly string[])[] {
  const targets = Map.groupBy(
    imports.filter(({ isOurs }) => isOurs),
    ({ from }) => from,
  );
  const cycles: string[][] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) cycles.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const { to } of targets.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) walk(file, []);
  return cycles;
}

/** What is wrong with the names and doors of `files`; `textOf` reads one. */
export function faultsOfFolders(files: readonly string[], textOf: (file: string) => string): readonly string[] {
  const empty = files.filter((file) => file.split('/').some((name) => EMPTY_NAMES.test(name.replace(/\..*$/, ''))));
  const folders = [...new Set(files.map((file) => dirname(file)).filter((folder) => folder !== '.'))];
  return [
    ...empty.map((file) => `src/${file} has a name that says nothing about what is in it`),
    ...folders.flatMap((folder) => faultOfDoor(folder, files, textOf)),
  ];
}

function faultOfDoor(folder: string, files: readonly string[], textOf: (file: string) => string): readonly string[] {
  const door = `${folder}/index.ts`;
  const isOpen = WITHOUT_DOOR.includes(partOf(door).layer);
  if (!files.includes(door)) return isOpen ? [] : [`src/${folder} has no index.ts`];
  if (isOpen || textOf(door).startsWith('/**\n')) return [];
  return [`src/${door} doesn't open with a comment that says what the folder is for`];
}
