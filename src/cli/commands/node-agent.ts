import { err } from '../../base/result.ts';
import { logLevels } from '../../runtime/index.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { runNodeAgent } from '../node-agent.ts';
import { flag, parseChoice, parseDuration, parseText, requiredFlag } from '../options.ts';
import type { ParseText } from '../options.ts';

/** With a shorter interval an agent would do little else. */
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
