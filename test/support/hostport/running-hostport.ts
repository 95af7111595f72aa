import { join } from 'node:path';
import { DEFAULT_NAMESPACE, MANAGER_NAME, PortAllocations } from '../../../src/api/index.ts';
import { systemClock as clock } from '../../../src/base/clock.ts';
import type { Lifetime } from '../../../src/base/lifetime.ts';
import { systemRandom as random } from '../../../src/base/random.ts';
import { ConfigMaps, Connection, Leases, Pods, createClusterClient } from '../../../src/kube/index.ts';
import type { ClusterClient, LeaseSpec, ResourceType } from '../../../src/kube/index.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { freePort } from '../control-plane/ports.ts';
import { eventuallyWith } from './eventually.ts';
import type { Eventually } from './eventually.ts';
import { kubectlOf, succeed } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';
import { holdersIn, readLedger } from './ledger.ts';
import type { Held, LedgerBlock } from './ledger.ts';
import { ManagerProcess } from './manager-process.ts';
import { Objects } from './objects.ts';
import { PatientClient } from './patient-client.ts';
import { runHostport } from './program.ts';
import type { CommandRun } from './program.ts';
import { Recorder } from './recorder.ts';
import { writeAccountKubeconfig } from './service-account.ts';

/** Where the managers and their ledger are. */
export const NAMESPACE = DEFAULT_NAMESPACE;

/** For managers to get ready on a machine that has other work, unless a test is about how long it takes. */
const BOOT_MS = 120_000;

/** What managers run in. */
export interface Setting {
  readonly plane: ControlPlane;
  /** For logs and the managers' kubeconfig. */
  readonly folder: string;
  readonly runWithParent: string;
  /** Where all managers answer reviews. */
  readonly webhookPort: number;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether the recorder watches pods, too. */
  readonly recordPods: boolean;
}

/** How one more manager is started. */
interface ManagerChoice {
  readonly wait?: boolean;
  /** Flags that are given twice count the second time. */
  readonly args?: readonly string[];
}

/** Hostport in a cluster: its managers, and everything that a test wants to ask or to do. */
export class RunningHostport implements AsyncDisposable {
  readonly plane: ControlPlane;
  /** An admin's, for what the test itself does. */
  readonly client: ClusterClient;
  /** kubectl as an admin; what it refuses is in the answer. */
  readonly kubectl: Kubectl;
  /** Pools and allocations. */
  readonly objects: Objects;
  readonly eventually: Eventually;
  readonly recorder: Recorder;
  readonly #setting: Setting;
  readonly #lifetime: Lifetime;
  readonly #managers: ManagerProcess[] = [];

  /** Nothing runs yet; `lifetime` is this object's from now on. */
  constructor(setting: Setting, lifetime: Lifetime) {
    this.plane = setting.plane;
    this.#setting = setting;
    this.#lifetime = lifetime;
    const connection = lifetime.own(new Connection({ kubeconfig: setting.plane.kubeconfig, clock }));
    this.client = new PatientClient(createClusterClient({ connection, clock, random }));
    this.kubectl = kubectlOf(setting.plane.kubeconfig);
    this.eventually = eventuallyWith(() => this.#managers.map((manager) => manager.describe()).join('\n'));
    this.objects = new Objects(this.client, this.eventually, lifetime.signal);
    const ledger = { type: ConfigMaps as ResourceType, namespace: NAMESPACE };
    const pods = setting.recordPods ? [{ type: Pods as ResourceType }] : [];
    const watched = [ledger, { type: PortAllocations as ResourceType }, ...pods];
    this.recorder = lifetime.own(new Recorder({ client: this.client, eventually: this.eventually, watched }));
  }

  /** For requests of tests; aborted at the end. */
  get signal(): AbortSignal {
    return this.#lifetime.signal;
  }

  /** Where all managers answer reviews, at 127.0.0.1. */
  get webhookPort(): number {
    return this.#setting.webhookPort;
  }

  /** In the order of their start, those that have ended included. */
  get managers(): readonly ManagerProcess[] {
    return this.#managers;
  }

  /** The manager at `index`. */
  manager(index = 0): ManagerProcess {
    const manager = this.#managers[index];
    if (manager === undefined) throw new Error(`there is no manager ${index + 1}`);
    return manager;
  }

  /** Runs a command of the built program as an admin. */
  run(command: string, ...args: readonly string[]): Promise<CommandRun> {
    return runHostport([command, '--kubeconfig', this.plane.kubeconfig, ...args]);
  }

  /** `hostport install`, which must succeed, and a token for the managers. */
  async install(): Promise<CommandRun> {
    const run = await this.run('install', '--webhook-url', `https://127.0.0.1:${this.#setting.webhookPort}`);
    if (run.code !== 0) throw new Error(`hostport install ended with ${run.code}: ${run.stdout}${run.stderr}`);
    const { client, plane: access, signal } = this;
    await writeAccountKubeconfig({ client, access, namespace: NAMESPACE, path: this.#managerKubeconfig, signal });
    return run;
  }

  /** Starts one more manager, with `args` beside those of all, and waits until all are ready unless told otherwise. */
  async addManager({ wait = true, args = [] }: ManagerChoice = {}): Promise<ManagerProcess> {
    const { folder, runWithParent, args: common, env } = this.#setting;
    const name = `manager-${this.#managers.length + 1}`;
    const paths = { kubeconfig: this.#managerKubeconfig, logFile: join(folder, `${name}.log`) };
    const manager = new ManagerProcess({
      name,
      port: await freePort(),
      ...paths,
      args: [...common, ...args],
      env,
      runWithParent,
    });
    this.#managers.push(manager);
    this.#lifetime.defer(async () => {
      await manager.kill('SIGTERM');
    });
    await manager.start();
    if (wait) await this.whenReady();
    return manager;
  }

  /** Waits until every manager that runs says that it is ready. One that has ended by itself is a failure. */
  async whenReady(timeoutMs = BOOT_MS): Promise<void> {
    const running = this.#managers.filter(({ pid }) => pid !== undefined);
    const read = (): Promise<readonly string[]> => unready(running);
    await this.eventually(read, ({ length }) => length === 0, 'every manager is ready', timeoutMs);
  }

  /** The manager that has the lease; undefined while none has it. */
  async leader(): Promise<ManagerProcess | undefined> {
    const identity = (await this.lease())?.holderIdentity;
    return identity
      ? this.#managers.find((manager) => manager.pid !== undefined && manager.identity === identity)
      : undefined;
  }

  /** What the managers' Lease says. */
  async lease(): Promise<LeaseSpec | undefined> {
    const found = await this.client.find(Leases, { namespace: NAMESPACE, name: MANAGER_NAME }, { signal: this.signal });
    return found?.spec;
  }

  /** `kubectl apply -f -`, which must succeed. */
  apply(manifest: object | string): Promise<string> {
    return succeed(this.kubectl(['apply', '-f', '-'], manifest));
  }

  /** The blocks as they are stored now. */
  ledger(): Promise<readonly LedgerBlock[]> {
    return readLedger(this.client, NAMESPACE, this.signal);
  }

  /** Who holds what, by the ledger. */
  async holders(): Promise<readonly Held[]> {
    return holdersIn(await this.ledger());
  }

  /** Ends the managers at once, then the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.recorder[Symbol.asyncDispose]();
    await Promise.all(this.#managers.map((manager) => manager.kill('SIGTERM')));
    await this.#lifetime[Symbol.asyncDispose]();
  }

  get #managerKubeconfig(): string {
    return join(this.#setting.folder, 'kubeconfig');
  }
}

async function unready(managers: readonly ManagerProcess[]): Promise<readonly string[]> {
  const states = await Promise.all(managers.map(async (manager) => ({ manager, ready: await manager.ready() })));
  return states.filter(({ ready }) => !ready).map(({ manager }) => manager.name);
}
