import { spawn } from 'node:child_process';

/** How a run of kubectl ended, and what it said. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** kubectl on one cluster. */
export type Kubectl = (args: readonly string[], input?: object | string) => Promise<Run>;

/** Runs kubectl with `input`, which may be an object, as its standard input. Never throws for what kubectl refuses. */
export function kubectlOf(kubeconfig: string): Kubectl {
  return (args, input) =>
    new Promise((resolve, reject) => {
      const child = spawn('kubectl', ['--kubeconfig', kubeconfig, ...args], { stdio: 'pipe', env: process.env });
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
