import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { allComponents, ensureBinaries, type ComponentName } from './binaries.ts';
import { makeCredentials } from './credentials.ts';
import { ForeignControlPlane } from './foreign-control-plane.ts';
import { LocalControlPlane } from './local-control-plane.ts';
import type { ControlPlane, ControlPlaneOptions } from './options.ts';
import { makeOwnedFolder, sweepOwnedFolders } from './owned-folder.ts';
import { freePort } from './ports.ts';

export type { ControlPlane, ControlPlaneOptions } from './options.ts';

const folderPrefix = 'hostport-control-plane-';

/**
 * The cluster that `HOSTPORT_TEST_KUBECONFIG` or `KUBECONFIG` names, of which nothing is started or stopped; without
 * them, a control plane of our own. `~/.kube/config` is never looked at: a cluster must be asked for.
 */
export async function obtainControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { HOSTPORT_TEST_KUBECONFIG: asked, KUBECONFIG: usual } = process.env;
  const kubeconfig = asked || usual;
  return kubeconfig ? new ForeignControlPlane(kubeconfig) : startControlPlane(options);
}

/**
 * Starts a Kubernetes control plane on loopback ports, with nothing in common with any other, and waits until it is
 * ready. It ends with `stop`, or with this process.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { report = toStderr } = options;
  const parts = allComponents.filter((name) => isWanted(name, options));
  const binaries = await ensureBinaries(report, parts);
  sweepOwnedFolders(tmpdir(), folderPrefix);
  const dir = options.dir ?? makeOwnedFolder(tmpdir(), folderPrefix);
  const layout = {
    dir,
    kubeconfig: join(dir, 'kubeconfig'),
    servingCertificates: join(dir, 'serving'),
    credentials: makeCredentials(dir),
    etcdPort: await freePort(),
    apiServerPort: await freePort(),
  };
  const plane = new LocalControlPlane(options, binaries, layout, report);
  try {
    await plane.start(parts);
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return plane;
}

function isWanted(name: ComponentName, options: ControlPlaneOptions): boolean {
  const { controllerManager = true, scheduler = true, kwok = true } = options;
  if (name === 'kube-controller-manager') return controllerManager;
  if (name === 'kube-scheduler') return scheduler;
  return name === 'kwok' ? kwok : true;
}

function toStderr(line: string): void {
  process.stderr.write(`control plane: ${line}\n`);
}
