import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { goBuild } from './go.ts';
import { acquireLock } from './lock.ts';
import { makeOwnedFolder, sweepOwnedFolders } from './owned-folder.ts';

/** Something that `go build` makes of one module folder. */
export interface Target {
  /** The file that is built, and what progress lines call it. */
  readonly name: string;
  /** What is in it, for whoever waits for it. */
  readonly title: string;
  readonly folder: string;
  readonly package: string;
  readonly linkerFlags: readonly string[];
  /** Further names of the program. */
  readonly links: readonly string[];
}

const kubernetesVersion = 'v1.36.3';
const sources = fileURLToPath(new URL('../../control-plane/', import.meta.url));
const component = 'k8s.io/component-base/version';
/** Unstamped, the components call themselves v0.0.0-master+$Format:%H$, which kubectl can't parse. */
const stamps = [
  `-X ${component}.gitVersion=${kubernetesVersion}`,
  `-X ${component}.gitMajor=${kubernetesVersion.split('.')[0]?.slice(1)}`,
  `-X ${component}.gitMinor=${kubernetesVersion.split('.')[1]}`,
];

/** All that can be built. */
export const targets = {
  controlPlane: {
    name: 'control-plane',
    title: `etcd and Kubernetes ${kubernetesVersion}`,
    folder: sources,
    package: '.',
    linkerFlags: stamps,
    links: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
  },
  kwok: {
    name: 'kwok',
    title: 'kwok',
    folder: join(sources, 'kwok'),
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    linkerFlags: [],
    links: [],
  },
  lws: {
    name: 'lws',
    title: 'LeaderWorkerSet',
    folder: join(sources, 'lws'),
    package: 'sigs.k8s.io/lws/cmd',
    linkerFlags: [],
    links: [],
  },
  kubectl: {
    name: 'kubectl',
    title: `kubectl ${kubernetesVersion}`,
    folder: join(sources, 'kubectl'),
    package: '.',
    linkerFlags: stamps,
    links: [],
  },
  runWithParent: {
    name: 'run-with-parent',
    title: 'run-with-parent',
    folder: join(sources, 'run-with-parent'),
    package: '.',
    linkerFlags: [],
    links: [],
  },
} as const satisfies Record<string, Target>;

/** The folder that holds the target's programs; builds them when they aren't there. */
export async function ensureBuilt(target: Target, report: (line: string) => void): Promise<string> {
  const cache = join(cacheFolder(), 'control-plane');
  const built = join(cache, `${target.name}-${keyOf(target)}`);
  if (existsSync(built)) return built;
  await using _lock = await acquireLock(`${built}.lock`, (holder) => {
    report(`process ${holder} is building ${target.title}; waiting for it`);
  });
  if (existsSync(built)) return built;
  // Built aside and renamed when it is complete: nobody ever sees half a folder.
  sweepOwnedFolders(cache, '.building-');
  const aside = makeOwnedFolder(cache, '.building-');
  try {
    await goBuild(target, join(aside, target.name), report);
    for (const link of target.links) symlinkSync(target.name, join(aside, link));
    if (!existsSync(built)) renameSync(aside, built);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return built;
}

/** `HOSTPORT_CACHE`, else the user's cache folder: outside the work tree, so that a clean checkout builds nothing. */
function cacheFolder(): string {
  const { HOSTPORT_CACHE: own, XDG_CACHE_HOME: user } = process.env;
  const folder = own || join(user || join(homedir(), '.cache'), 'hostport');
  mkdirSync(join(folder, 'control-plane'), { recursive: true });
  return folder;
}

/** Names everything that the outcome depends on. */
function keyOf(target: Target): string {
  const hash = createHash('sha256').update(JSON.stringify([target.package, target.linkerFlags]));
  for (const file of readdirSync(target.folder).sort()) {
    if (/^go\.(mod|sum)$|\.go$/.test(file)) hash.update(file).update(readFileSync(join(target.folder, file)));
  }
  const version = target.name === 'control-plane' ? `${kubernetesVersion}-` : '';
  return `${version}${process.platform}-${process.arch}-${hash.digest('hex').slice(0, 12)}`;
}
