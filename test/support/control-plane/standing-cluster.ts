import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startControlPlane } from './control-plane.ts';
import { acquireLock } from './lock.ts';
import { endProcess, isAlive, type ProcessIdentity } from './process.ts';

/** What is known of a cluster: `broken` when a part of it has ended, or its start was cut off. */
export type ClusterState = 'up' | 'broken' | 'down';

const root = fileURLToPath(new URL('../../../.cluster/', import.meta.url));

/** A cluster that outlives the process that starts it. All that is known of it is in `.cluster/<name>/`. */
export class StandingCluster {
  readonly name: string;
  readonly dir: string;
  readonly kubeconfig: string;

  constructor(name: string) {
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) throw new Error(`"${name}" can't be the name of a cluster`);
    this.name = name;
    this.dir = join(root, name);
    this.kubeconfig = join(this.dir, 'kubeconfig');
  }

  /** Every cluster of which there is anything. */
  static all(): StandingCluster[] {
    if (!existsSync(root)) return [];
    const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders.map(({ name }) => new StandingCluster(name));
  }

  state(): ClusterState {
    const processes = this.#processes();
    if (existsSync(this.#mark) && processes.every(isAlive)) return 'up';
    return processes.some(isAlive) ? 'broken' : 'down';
  }

  /** Starts it, and says whether there was anything to do. What a killed run has left is cleared away first. */
  async up(nodes: number, report: (line: string) => void): Promise<boolean> {
    await using _lock = await this.#lock(report);
    if (this.state() === 'up') return false;
    await this.#clear();
    mkdirSync(this.dir, { recursive: true });
    try {
      await startControlPlane({ dir: this.dir, detached: true, nodes, report });
    } catch (error) {
      await this.#clear();
      throw error;
    }
    writeFileSync(this.#mark, '');
    return true;
  }

  /** Ends its processes and removes its folder, and says whether there was anything to do. */
  async down(report: (line: string) => void): Promise<boolean> {
    await using _lock = await this.#lock(report);
    const existed = existsSync(this.dir);
    await this.#clear();
    return existed;
  }

  /** There once the cluster has been ready. */
  get #mark(): string {
    return join(this.dir, 'ready');
  }

  async #clear(): Promise<void> {
    // The last one to be started goes first, so that none has to do without what it depends on.
    for (const identity of this.#processes().reverse()) await endProcess(identity);
    rmSync(this.dir, { recursive: true, force: true });
  }

  #processes(): ProcessIdentity[] {
    const path = join(this.dir, 'processes');
    if (!existsSync(path)) return [];
    const complete = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return complete.map((line) => JSON.parse(line) as ProcessIdentity);
  }

  #lock(report: (line: string) => void): Promise<AsyncDisposable> {
    return acquireLock(`${this.dir}.lock`, (holder) => report(`process ${holder} is busy with it; waiting`));
  }
}
