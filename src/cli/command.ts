import { systemClock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Result } from '../base/result.ts';
import { systemRandom } from '../base/random.ts';
import { Connection, createClusterClient } from '../kube/index.ts';
import type { ClusterClient } from '../kube/index.ts';
import type { Flag, Flags, Values } from './options.ts';

/** 0 done, 1 failed, 2 usage, 3 something is still held. */
export type ExitCode = 0 | 1 | 2 | 3;

/** A command of the program. */
export interface Command {
  readonly summary: string;
  readonly flags: Flags;
  /** What its exit codes mean. */
  readonly exits: string;
  /** Checks the values, without touching anything; the error says what to write instead. */
  prepare(values: Values): Result<(signal: AbortSignal) => Promise<ExitCode>, string>;
}

/** Flags that every command has. */
export const commonFlags = {
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    help: "where the cluster is; else $KUBECONFIG, the default file, or the pod's service account",
  },
  namespace: {
    type: 'string',
    value: 'NAME',
    default: 'hostport-system',
    help: 'where the managers and their ledger live',
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** Connects to the cluster for the time that `lifetime` lasts. */
export function connect(values: Values, lifetime: Lifetime): ClusterClient {
  const connection = lifetime.own(new Connection({ kubeconfig: values['kubeconfig'], clock: systemClock }));
  return createClusterClient({ connection, clock: systemClock, random: systemRandom });
}

/** Runs `work` with a client that is closed afterwards. */
export async function withClient<T>(values: Values, work: (client: ClusterClient) => Promise<T>): Promise<T> {
  const lifetime = new Lifetime('connection');
  try {
    return await work(connect(values, lifetime));
  } finally {
    await lifetime[Symbol.asyncDispose]();
  }
}
