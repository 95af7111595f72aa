import { tmpdir } from 'node:os';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { Namespaces } from '../../../src/kube/index.ts';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { freePort } from '../control-plane/ports.ts';
import { obtainControlPlane } from '../control-plane/control-plane.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { ownedTemporaryFolder } from './folder.ts';
import { NAMESPACE, RunningHostport } from './running-hostport.ts';
import type { Setting } from './running-hostport.ts';

export { domainOf } from './ledger.ts';
export { succeed } from './kubectl.ts';
export type { Eventually } from './eventually.ts';
export type { Kubectl, Run } from './kubectl.ts';
export type { Held, LedgerBlock } from './ledger.ts';
export type { Exit, HttpAnswer, ManagerProcess } from './manager-process.ts';
export type { Objects, Wanted } from './objects.ts';
export type { Recorder, Verdict } from './recorder.ts';
export type { RunningHostport } from './running-hostport.ts';

/** How to run Hostport. */
export interface HostportOptions {
  /** How many to start; default 1. More can be started later, see {@link RunningHostport.addManager}. */
  readonly managers?: number;
  /** The cluster, which stays the caller's to stop; default one of its own. */
  readonly plane?: ControlPlane;
  /** Fake nodes of the own cluster; default none. */
  readonly nodes?: number;
  /** Such as `2s`; default the product's own. */
  readonly sweepInterval?: string;
  /** Such as `10s`; default the product's own. */
  readonly reservationLife?: string;
  /** Where the managers answer reviews; default any free port. */
  readonly webhookPort?: number;
  /** Further flags of every manager. */
  readonly args?: readonly string[];
  /** Further environment of every manager. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default true: whatever happens is recorded from before the first manager's start. */
  readonly record?: boolean;
  /** Default false: pods are recorded, too, and what they declare is judged. */
  readonly recordPods?: boolean;
}

/**
 * Installs the built program into a cluster and starts managers, which have no more rights than the shipped service
 * account. All of them are ready when this resolves. Everything ends with the disposal, or with this process.
 */
export async function startHostport(options: HostportOptions = {}): Promise<RunningHostport> {
  const { managers = 1, nodes = 0, record = true } = options;
  const lifetime = new Lifetime('hostport');
  try {
    const { runWithParent } = await ensureBinaries(toStderr, []);
    const folder = ownedTemporaryFolder(tmpdir(), 'hostport-managers-', lifetime);
    const plane = options.plane ?? lifetime.own(await obtainControlPlane({ nodes }));
    const webhookPort = options.webhookPort ?? (await freePort());
    const args = argumentsOf(options, webhookPort);
    const { recordPods = false } = options;
    const common = { plane, folder, runWithParent, webhookPort, args, recordPods };
    const setting: Setting = { ...common, env: environmentOf(options) };
    const hostport = new RunningHostport(setting, lifetime);
    const isGuest = !plane.isOurs && !(await isInstalled(hostport));
    if (isGuest)
      lifetime.defer(async () => {
        await hostport.run('uninstall', '--force');
      });
    await hostport.install();
    if (record) await hostport.recorder.start();
    for (let count = 0; count < managers; count++) await hostport.addManager({ wait: false });
    await hostport.whenReady();
    return hostport;
  } catch (error) {
    await lifetime[Symbol.asyncDispose]();
    throw error;
  }
}

function argumentsOf(
  { sweepInterval, reservationLife, args = [] }: HostportOptions,
  webhookPort: number,
): readonly string[] {
  return [
    ...['--webhook-bind', `127.0.0.1:${webhookPort}`, '--webhook-reuse-port'],
    ...(sweepInterval === undefined ? [] : ['--sweep-interval', sweepInterval]),
    ...(reservationLife === undefined ? [] : ['--reservation-life', reservationLife]),
    ...args,
  ];
}

/** Ours, without what must not reach the managers: flags that nobody asked for, an admin's rights. */
function environmentOf({ env = {} }: HostportOptions): NodeJS.ProcessEnv {
  const usual = Object.entries(process.env).filter(([name]) => !name.startsWith('HOSTPORT_') && name !== 'KUBECONFIG');
  return { ...Object.fromEntries(usual), ...env };
}

async function isInstalled({ client, signal }: RunningHostport): Promise<boolean> {
  return (await client.find(Namespaces, { name: NAMESPACE }, { signal })) !== undefined;
}

function toStderr(line: string): void {
  process.stderr.write(`hostport: ${line}\n`);
}
