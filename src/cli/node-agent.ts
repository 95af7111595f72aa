import { NodeAgent, PoolSpecs, readHost } from '../agent/index.ts';
import { systemClock as clock } from '../base/clock.ts';
import { isCancellation } from '../base/cancellation.ts';
import { Lifetime } from '../base/lifetime.ts';
import { systemRandom as random } from '../base/random.ts';
import { Connection, createClusterClient } from '../kube/index.ts';
import { createLogger } from '../runtime/index.ts';
import type { LogLevel } from '../runtime/index.ts';
import type { ExitCode } from './command.ts';

/** The settings of `hostport node-agent`. */
export interface NodeAgentSettings {
  readonly kubeconfig: string | undefined;
  readonly nodeName: string;
  /** For example `/proc`. */
  readonly proc: string;
  readonly reportIntervalMs: number;
  readonly logLevel: LogLevel;
}

/** After so many intervals the pools are read again: listeners on new numbers are reported a minute later. */
const POOLS_EVERY = 6;

/** Runs the agent of a node until `signal` aborts. Its last report expires by itself. */
export async function runNodeAgent(settings: NodeAgentSettings, signal: AbortSignal): Promise<ExitCode> {
  const { kubeconfig, nodeName, proc, reportIntervalMs: intervalMs, logLevel } = settings;
  const lifetime = new Lifetime('process');
  try {
    const logger = createLogger({ level: logLevel }).child({ node: nodeName });
    const client = createClusterClient({
      connection: lifetime.own(new Connection({ kubeconfig, clock })),
      clock,
      random,
    });
    const pools = new PoolSpecs({ client, clock, random, log: logger, everyMs: POOLS_EVERY * intervalMs });
    logger.info('reports the node', { proc });
    const common = { client, clock, log: logger, nodeName, intervalMs, pools };
    await new NodeAgent({ ...common, readHost: () => readHost(proc) }).run(signal);
    return 0;
  } catch (error) {
    if (isCancellation(error, signal)) return 0;
    throw error;
  } finally {
    await lifetime[Symbol.asyncDispose]();
  }
}
