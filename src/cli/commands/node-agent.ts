import { NodeAgent, PoolSpecs, readHost } from '../../agent/index.ts';
import { isCancellation } from '../../base/cancellation.ts';
import { systemClock as clock } from '../../base/clock.ts';
import { Lifetime } from '../../base/lifetime.ts';
import { systemRandom as random } from '../../base/random.ts';
import { err } from '../../base/result.ts';
import { Connection, createClusterClient } from '../../kube/index.ts';
import { createLogger, logLevels } from '../../runtime/index.ts';
import type { LogLevel } from '../../runtime/index.ts';
import { commonFlags, defineCommand } from '../command.ts';
import type { ExitCode } from '../command.ts';
import { flag, parseChoice, parseDuration, parseText, requiredFlag } from '../options.ts';
import type { ParseText } from '../options.ts';

/** The shortest report interval, in milliseconds: with a shorter one an agent would do little else. */
const SHORTEST_MS = 100;

const parseInterval: ParseText<number> = (text) => {
  const interval = parseDuration(text);
  return interval.ok && interval.value < SHORTEST_MS ? err(`"${text}": write "100ms" or more`) : interval;
};

/** `hostport node-agent`. */
export const nodeAgentCommand = defineCommand({
  summary: 'reports what listens on its node, and what the kernel there takes for outgoing connections',
  flags: {
    kubeconfig: commonFlags.kubeconfig,
    'node-name': requiredFlag(
      parseText,
      'NAME',
      'write the name of a node that "kubectl get nodes" shows',
      'the node that it runs on, by its name in the cluster',
    ),
    proc: flag(
      parseText,
      'DIR',
      '/proc',
      "where the node's processes are seen; needs the node's network, as hostNetwork gives it",
    ),
    'report-interval': flag(
      parseInterval,
      'DURATION',
      '10s',
      'how far apart reports are at least; well below the life that managers give them',
    ),
    'log-level': flag(parseChoice(logLevels), 'LEVEL', 'info', 'debug, info, warn or error'),
  },
  exits: 'Exits with 0 after SIGTERM or SIGINT, 1 when it failed, 2 for wrong usage.',
  run({ kubeconfig, proc, ...values }, signal) {
    const settings = {
      kubeconfig,
      proc,
      nodeName: values['node-name'],
      reportIntervalMs: values['report-interval'],
      logLevel: values['log-level'],
    };
    return runNodeAgent(settings, signal);
  },
});

/** The settings of `hostport node-agent`. */
interface NodeAgentSettings {
  readonly kubeconfig: string | undefined;
  readonly nodeName: string;
  /** For example `/proc`. */
  readonly proc: string;
  readonly reportIntervalMs: number;
  readonly logLevel: LogLevel;
}

/** After so many report intervals the pools are read again: with the default interval that is after a minute. */
const POOLS_EVERY = 6;

/** Runs the agent of a node until `signal` aborts. Its last report expires by itself. */
async function runNodeAgent(settings: NodeAgentSettings, signal: AbortSignal): Promise<ExitCode> {
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
