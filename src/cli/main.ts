import { CancelledError } from '../base/cancellation.ts';
import { ApiError, KubeconfigError } from '../kube/index.ts';
import { LedgerNamespaceError } from '../manager/index.ts';
import { BindError } from '../runtime/index.ts';
import type { Command, ExitCode } from './command.ts';
import { installCommand } from './commands/install.ts';
import { managerCommand } from './commands/manager.ts';
import { nodeAgentCommand } from './commands/node-agent.ts';
import { uninstallCommand } from './commands/uninstall.ts';
import { describeFlags } from './options.ts';
import { PROGRAM_VERSION } from './product.ts';

/** The commands by name. A map, because a user may also write `toString`. */
const commands: ReadonlyMap<string, Command> = new Map([
  ['install', installCommand],
  ['uninstall', uninstallCommand],
  ['manager', managerCommand],
  ['node-agent', nodeAgentCommand],
]);

/** Runs the program: finds the command, reads its flags, and runs it until it ends or a signal stops it. */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  const command = commands.get(name);
  if (command === undefined) return answerWithoutCommand(name);
  if (rest.some(asksForHelp)) {
    console.log(
      `${command.summary}\n\nUsage: hostport ${name} [flags]\n\n${describeFlags(command.flags)}\n\n${command.exits}`,
    );
    return 0;
  }
  const ready = command.prepare(rest, env);
  return ready.ok ? runUntilSignal(ready.value) : usage(name, ready.error);
}

/** Help, the version, or what is wrong with `name`, which is no command. */
function answerWithoutCommand(name: string): ExitCode {
  if (asksForHelp(name)) {
    console.log(overview());
    return 0;
  }
  if (['version', '--version', '-v'].includes(name)) {
    console.log(`hostport ${PROGRAM_VERSION}, Node.js ${process.versions.node}`);
    return 0;
  }
  if (name !== '') console.error(`hostport: there is no command "${name}"`);
  console.error(overview());
  return 2;
}

function asksForHelp(argument: string): boolean {
  return ['help', '--help', '-h'].includes(argument);
}

async function runUntilSignal(run: (signal: AbortSignal) => Promise<ExitCode>): Promise<ExitCode> {
  const stop = new AbortController();
  const ask = () => stop.abort();
  process.once('SIGTERM', ask).once('SIGINT', ask);
  try {
    return await run(stop.signal);
  } catch (error) {
    if (error instanceof CancelledError) return 1;
    console.error(`hostport: ${describe(error)}`);
    return error instanceof LedgerNamespaceError ? 2 : 1;
  } finally {
    process.off('SIGTERM', ask).off('SIGINT', ask);
  }
}

/** The message alone for known errors; any other error is a bug, which a stack trace helps to find. */
function describe(error: unknown): string {
  const isWhole = [KubeconfigError, BindError, LedgerNamespaceError].some((kind) => error instanceof kind);
  if (error instanceof Error && isWhole) return error.message;
  return error instanceof ApiError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message);
}

function usage(command: string, fault: string): ExitCode {
  console.error(`hostport ${command}: ${fault}\nsee "hostport ${command} --help"`);
  return 2;
}

function overview(): string {
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`);
  return `hostport gives network ports to Kubernetes workloads\n\nUsage: hostport COMMAND [flags]\n\n${lines.join('\n')}\n\n"hostport COMMAND --help" says the rest, "hostport version" which one this is.`;
}
