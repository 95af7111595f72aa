import { systemClock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { systemRandom } from '../base/random.ts';
import { Connection, createClusterClient } from '../kube/index.ts';
import type { ClusterClient } from '../kube/index.ts';
import { flag, optionalFlag, parseText, readFlags } from './options.ts';
import type { Flags, Values } from './options.ts';

/** 0 done, 1 failed, 2 usage, 3 something is still held. */
export type ExitCode = 0 | 1 | 2 | 3;

/** The definition of a command. */
interface CommandDefinition<F extends Flags> {
  readonly summary: string;
  readonly flags: F;
  /** What its exit codes mean. */
  readonly exits: string;
  /** Runs the command until it is done, or until `signal` aborts. */
  run(values: Values<F>, signal: AbortSignal): Promise<ExitCode>;
}

/** A command of the program. */
export interface Command {
  readonly summary: string;
  readonly flags: Flags;
  readonly exits: string;
  /** Parses its arguments and the environment, and does nothing else. The error says what to write instead. */
  prepare(args: readonly string[], env: NodeJS.ProcessEnv): Result<(signal: AbortSignal) => Promise<ExitCode>, string>;
}

/** Makes a command. Its flags are parsed once, before it runs. */
export function defineCommand<F extends Flags>(definition: CommandDefinition<F>): Command {
  const { summary, flags, exits } = definition;
  return {
    summary,
    flags,
    exits,
    prepare(args, env) {
      const values = readFlags(flags, args, env);
      return values.ok ? ok((signal) => definition.run(values.value, signal)) : values;
    },
  };
}

/** Flags that every command has. */
export const commonFlags = {
  kubeconfig: optionalFlag(
    parseText,
    'FILE',
    "where the cluster is; else $KUBECONFIG, the default file, or the pod's service account",
  ),
  namespace: flag(parseText, 'NAME', 'hostport-system', 'where the managers and their ledger live'),
};

/** Runs `work` with a client of the cluster that `kubeconfig` names, which is closed afterwards. */
export async function withClient<T>(
  kubeconfig: string | undefined,
  work: (client: ClusterClient) => Promise<T>,
): Promise<T> {
  const lifetime = new Lifetime('connection');
  try {
    const connection = lifetime.own(new Connection({ kubeconfig, clock: systemClock }));
    return await work(createClusterClient({ connection, clock: systemClock, random: systemRandom }));
  } finally {
    await lifetime[Symbol.asyncDispose]();
  }
}
