import { CancelledError } from '../base/cancellation.ts';
import { ApiError } from '../kube/index.ts';
import { installCommand } from './commands/install.ts';
import { managerCommand } from './commands/manager.ts';
import { uninstallCommand } from './commands/uninstall.ts';
import type { Command, ExitCode } from './command.ts';
import { describeFlags, readFlags } from './options.ts';

const commands: Readonly<Record<string, Command>> = {
  install: installCommand,
  uninstall: uninstallCommand,
  manager: managerCommand,
};

/** Runs the program: finds the command, reads its flags, runs it until it ends or a signal asks it to. */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const [name, ...rest] = args;
  const command = name === undefined ? undefined : commands[name];
  if (command === undefined) {
    const asked = name === undefined || name === 'help' || name === '--help' || name === '-h';
    if (!asked) console.error(`hostport: there is no command "${name}"`);
    (asked && name !== undefined ? console.log : console.error)(overview());
    return asked && name !== undefined ? 0 : 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(`${command.summary}\n\nUsage: hostport ${name} [flags]\n\n${describeFlags(command.flags)}\n\n${command.exits}`);
    return 0;
  }
  const values = readFlags(command.flags, rest, env);
  if (!values.ok) return usage(name ?? '', values.error);
  const ready = command.prepare(values.value);
  if (!ready.ok) return usage(name ?? '', ready.error);
  return runUntilSignal(ready.value);
}

async function runUntilSignal(run: (signal: AbortSignal) => Promise<ExitCode>): Promise<ExitCode> {
  const stop = new AbortController();
  const ask = () => stop.abort();
  process.once('SIGTERM', ask).once('SIGINT', ask);
  try {
    return await run(stop.signal);
  } catch (error) {
    if (error instanceof CancelledError) return 1;
    console.error(`hostport: ${error instanceof ApiError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message)}`);
    return 1;
  } finally {
    process.off('SIGTERM', ask).off('SIGINT', ask);
  }
}

function usage(command: string, fault: string): ExitCode {
  console.error(`hostport ${command}: ${fault}\nsee "hostport ${command} --help"`);
  return 2;
}

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `hostport gives network ports to Kubernetes workloads\n\nUsage: hostport COMMAND [flags]\n\n${lines.join('\n')}\n\n"hostport COMMAND --help" says the rest.`;
}
