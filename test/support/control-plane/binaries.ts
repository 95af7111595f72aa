import { join } from 'node:path';

import { fromAssets } from './assets.ts';
import { ensureBuilt, targets, type Target } from './build.ts';
import { ensureKubectl } from './kubectl.ts';

/** The parts of a control plane, by the names that their programs go by. */
export type ComponentName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok';

/** Where the programs are. */
export interface Binaries {
  readonly programs: Readonly<Partial<Record<ComponentName, string>>>;
  /** `run-with-parent PARENT-PID COMMAND…`: ends the command when its parent dies. */
  readonly runWithParent: string;
}

/** Every component, in the order in which they start. */
export const allComponents: readonly ComponentName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
];

/**
 * Finds the programs of a control plane. The folder that `KUBEBUILDER_ASSETS` names goes first; what isn't there is
 * taken from the cache of our own build, which is built when it is missing: minutes, with a line to `report` every ten
 * seconds. Only what `wanted` needs is built, and a kubectl where the machine has none.
 */
export async function ensureBinaries(
  report: (line: string) => void,
  wanted: readonly ComponentName[] = allComponents,
): Promise<Binaries> {
  const programs: Partial<Record<ComponentName, string>> = {};
  for (const name of wanted) programs[name] = fromAssets(name) ?? (await fromBuild(targetOf(name), name, report));
  await ensureKubectl(report);
  return { programs, runWithParent: await fromBuild(targets.runWithParent, 'run-with-parent', report) };
}

function targetOf(name: ComponentName): Target {
  return name === 'kwok' ? targets.kwok : targets.controlPlane;
}

async function fromBuild(target: Target, program: string, report: (line: string) => void): Promise<string> {
  return join(await ensureBuilt(target, report), program);
}
