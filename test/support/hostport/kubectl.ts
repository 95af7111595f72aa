import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS, troubleIn } from './patience.ts';

/** Before a command is tried again, in milliseconds. */
const AGAIN_MS = 500;

/** How a run of kubectl ended, and what it said. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** kubectl on one cluster. */
export type Kubectl = (args: readonly string[], input?: object | string) => Promise<Run>;

/**
 * Runs kubectl with `input`, which may be an object, as its standard input. Never throws for what kubectl refuses. What a
 * busy or absent API server kept it from is tried again, and what is then answered is understood; not so what may have made
 * something under a generated name.
 */
export function kubectlOf(kubeconfig: string): Kubectl {
  return async (args, input) => {
    const deadline = performance.now() + PATIENCE_MS;
    let isUncertain = false;
    for (;;) {
      const run = await runKubectl(['--kubeconfig', kubeconfig, ...args], input);
      if (run.code === 0) return run;
      const trouble = troubleIn(run.stderr);
      if (trouble === undefined) return isUncertain && wasDone(args, run) ? { ...run, code: 0 } : run;
      const mayRepeat = trouble === 'refused unseen' || !JSON.stringify(input ?? '').includes('generateName');
      if (!mayRepeat || performance.now() > deadline) return run;
      isUncertain ||= trouble === 'unknown';
      await sleep(AGAIN_MS);
    }
  };
}

/** Whether the refusal of a repeated command says that an earlier attempt did it. */
function wasDone([verb]: readonly string[], { stderr }: Run): boolean {
  if (verb === 'create' || verb === 'run') return stderr.includes('(AlreadyExists)');
  return verb === 'delete' && stderr.includes('(NotFound)');
}

function runKubectl(args: readonly string[], input: object | string | undefined): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { stdio: 'pipe', env: process.env });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, ...said }));
    // A kubectl that is done before it has read everything is no fault of the test.
    child.stdin.on('error', () => undefined);
    child.stdin.end(typeof input === 'object' ? JSON.stringify(input) : (input ?? ''));
  });
}

/** The standard output of a run that must succeed. */
export async function succeed(run: Promise<Run>): Promise<string> {
  const { code, stdout, stderr } = await run;
  if (code !== 0) throw new Error(`kubectl ended with ${code}: ${stderr}`);
  return stdout;
}
