import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { identify, type ProcessIdentity } from './process.ts';

/** How to run one part of a control plane, or a controller beside it. */
export interface ComponentSpec {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The log goes to `<folder>/<name>.log`; a restart appends to it. */
  readonly folder: string;
  /** The program that ties it to the life of this process; without, it outlives us. */
  readonly runWithParent: string | undefined;
}

/** One running part of a control plane. */
export interface Component {
  readonly spec: ComponentSpec;
  readonly identity: ProcessIdentity;
  /** Rejects, with the end of the log, when the process ends without {@link stop}; otherwise never settles. */
  readonly failure: Promise<never>;
  /** SIGTERM, and SIGKILL if that didn't end it within five seconds. */
  stop(): Promise<void>;
  /** Freezes it as it is. */
  pause(): void;
  resume(): void;
  /** SIGKILL, for a process that exits and can't wait. */
  kill(): void;
}

/** Starts one part; nothing is said about its being ready. */
export async function startComponent(spec: ComponentSpec): Promise<Component> {
  const child = await launch(spec);
  let stopping = false;
  const exit = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const failure = new Promise<never>((_, reject) => {
    void exit.then((how) => {
      if (!stopping) reject(new Error(`${spec.name} ended with ${how}; its log ends:\n${logTail(spec)}`));
    });
  });
  failure.catch(() => {}); // whoever is interested awaits it; nobody has to
  return {
    spec,
    identity: identify(child.pid ?? 0),
    failure,
    async stop() {
      stopping = true;
      child.ref(); // or this process could end while it waits
      child.kill('SIGTERM');
      child.kill('SIGCONT'); // one that is paused would never hear of it
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exit;
      clearTimeout(timer);
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill() {
      stopping = true;
      child.kill('SIGKILL');
    },
  };
}

/** The last lines of a part's log. */
export function logTail(spec: Pick<ComponentSpec, 'name' | 'folder'>, lines = 25): string {
  const text = readFileSync(join(spec.folder, `${spec.name}.log`), 'utf8');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

async function launch(spec: ComponentSpec): Promise<ChildProcess> {
  const tied = spec.runWithParent !== undefined;
  const command = tied ? [spec.runWithParent, String(process.pid), spec.program] : [spec.program];
  const log = openSync(join(spec.folder, `${spec.name}.log`), 'a');
  try {
    const child = spawn(command[0] ?? '', [...command.slice(1), ...spec.args], {
      cwd: spec.folder,
      stdio: ['ignore', log, log],
      detached: !tied,
      // kwok would read a configuration of the user's from the home folder.
      env: { ...process.env, KWOK_WORKDIR: spec.folder },
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    if (!tied) child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}
