import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { builtProgram } from './program.ts';

/** How to run one manager. */
export interface ManagerSpec {
  /** `manager-1` and so on. */
  readonly name: string;
  /** Where `/readyz`, `/livez` and `/metrics` are served. */
  readonly port: number;
  readonly kubeconfig: string;
  /** Beside those that every manager of the harness gets. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What it says goes there; a restart appends. */
  readonly logFile: string;
  /** The program that ties it to the life of this process. */
  readonly runWithParent: string;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What was answered over HTTP; status 0 where nobody listens. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Longer than the 25 s that a manager takes at most to end by itself. */
const PATIENCE_MS = 30_000;

/** One `hostport manager`, as a process that dies with ours. */
export class ManagerProcess {
  readonly spec: ManagerSpec;
  readonly url: string;
  #child: ChildProcess | undefined;
  #exit: Promise<Exit> = Promise.resolve({ code: null, signal: null });
  #ended: Exit | undefined;
  /** How long the log was at the last start. */
  #began = 0;

  constructor(spec: ManagerSpec) {
    this.spec = spec;
    this.url = `http://127.0.0.1:${spec.port}`;
  }

  get name(): string {
    return this.spec.name;
  }

  /** Its process id while it runs. */
  get pid(): number | undefined {
    return this.#child === undefined || this.#ended !== undefined ? undefined : this.#child.pid;
  }

  /** How it ended; undefined while it runs, and before the first start. */
  get ended(): Exit | undefined {
    return this.#ended;
  }

  /** Starts it, unless it runs; nothing is said about its being ready. */
  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    this.#began = this.log().length;
    const child = await this.#launch();
    this.#child = child;
    this.#ended = undefined;
    this.#exit = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        const exit = { code, signal };
        if (this.#child === child) this.#ended = exit;
        resolve(exit);
      });
    });
  }

  /** Sends a signal and doesn't wait for what comes of it. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) this.#child?.kill(signal);
  }

  /** Sends a signal and waits for the end, which comes by SIGKILL if the signal doesn't bring it about in time. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), PATIENCE_MS);
    const exit = await this.#exit;
    clearTimeout(timer);
    return exit;
  }

  /** Ends it and starts it again. */
  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    const exit = await this.kill(signal);
    await this.start();
    return exit;
  }

  /** What it answers at `/readyz`, `/metrics` and so on. */
  async get(path: string): Promise<HttpAnswer> {
    try {
      const headers = { connection: 'close' };
      const answer = await fetch(`${this.url}${path}`, { headers, signal: AbortSignal.timeout(5_000) });
      return { status: answer.status, body: await answer.text() };
    } catch {
      return { status: 0, body: '' };
    }
  }

  async ready(): Promise<boolean> {
    return (await this.get('/readyz')).status === 200;
  }

  /** Everything that it has logged, in all its lives. */
  log(): string {
    return existsSync(this.spec.logFile) ? readFileSync(this.spec.logFile, 'utf8') : '';
  }

  /** Who it is in the election, by what its present life has logged. */
  get identity(): string | undefined {
    return [
      ...this.log()
        .slice(this.#began)
        .matchAll(/"instance":"([^"]+)"/g),
    ].at(-1)?.[1];
  }

  /** Whether it runs, and the last of what it said, for messages. */
  describe(lines = 15): string {
    const state =
      this.pid !== undefined ? `pid ${this.pid}` : this.#ended ? `ended: ${describeExit(this.#ended)}` : 'not started';
    return `--- ${this.name} (${state}); its log ends:\n${this.log().trimEnd().split('\n').slice(-lines).join('\n')}`;
  }

  async #launch(): Promise<ChildProcess> {
    const { port, kubeconfig, args, env, logFile, runWithParent } = this.spec;
    const own = ['--kubeconfig', kubeconfig, '--leader-elect', '--metrics-bind', `127.0.0.1:${port}`];
    const command = [String(process.pid), process.execPath, builtProgram(), 'manager', ...own, ...args];
    const log = openSync(logFile, 'a');
    try {
      const child = spawn(runWithParent, command, { stdio: ['ignore', log, log], env });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      return child;
    } finally {
      closeSync(log);
    }
  }
}

/** In words. */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `by ${signal}`;
}
