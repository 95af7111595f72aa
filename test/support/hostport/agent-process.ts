import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { ensureBinaries } from '../control-plane/binaries.ts';
import type { Exit } from './manager-process.ts';
import { builtProgram } from './program.ts';

/** How to run one agent. */
export interface AgentSpec {
  readonly node: string;
  readonly kubeconfig: string;
  readonly args: readonly string[];
  readonly logFile: string;
}

/** One `hostport node-agent`, as a process that dies with ours. */
export class AgentProcess implements AsyncDisposable {
  readonly #spec: AgentSpec;
  readonly #child: ChildProcess;
  readonly #exit: Promise<Exit>;

  private constructor(spec: AgentSpec, child: ChildProcess) {
    this.#spec = spec;
    this.#child = child;
    this.#exit = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  }

  /** Starts it; nothing is said about its having reported. */
  static async start(spec: AgentSpec): Promise<AgentProcess> {
    const { runWithParent } = await ensureBinaries(() => undefined, []);
    const { node, kubeconfig, args, logFile } = spec;
    const own = ['node-agent', '--kubeconfig', kubeconfig, '--node-name', node];
    const log = openSync(logFile, 'a');
    try {
      const command = [String(process.pid), process.execPath, builtProgram(), ...own, ...args];
      const child = spawn(runWithParent, command, { stdio: ['ignore', log, log] });
      const agent = new AgentProcess(spec, child);
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      return agent;
    } finally {
      closeSync(log);
    }
  }

  /** Everything that it has logged. */
  log(): string {
    return readFileSync(this.#spec.logFile, 'utf8');
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<Exit> {
    this.#child.kill(signal);
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill('SIGKILL');
  }
}
