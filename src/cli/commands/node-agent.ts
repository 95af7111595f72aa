import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { isLogLevel, logLevels } from '../../runtime/index.ts';
import { commonFlags } from '../command.ts';
import type { Command } from '../command.ts';
import { runNodeAgent } from '../node-agent.ts';
import type { NodeAgentSettings } from '../node-agent.ts';
import { parseDuration } from '../options.ts';
import type { Values } from '../options.ts';

/** `hostport node-agent`. */
export const nodeAgentCommand: Command = {
  summary: 'reports what listens on its node, and what the kernel there takes for outgoing connections',
  flags: {
    kubeconfig: commonFlags.kubeconfig,
    'node-name': { type: 'string', value: 'NAME', help: 'the node that it runs on, by its name in the cluster' },
    proc: {
      type: 'string',
      value: 'DIR',
      default: '/proc',
      help: "where the node's processes are seen; needs the node's network, as hostNetwork gives it",
    },
    'report-interval': {
      type: 'string',
      value: 'DURATION',
      default: '10s',
      help: 'how far apart reports are at least; well below the life that managers give them',
    },
    'log-level': { type: 'string', value: 'LEVEL', default: 'info', help: 'debug, info, warn or error' },
  },
  exits: 'Exits with 0 after SIGTERM or SIGINT, 1 when it failed, 2 for wrong usage.',
  prepare(values) {
    const settings = readSettings(values);
    return settings.ok ? ok((signal) => runNodeAgent(settings.value, signal)) : settings;
  },
};

function readSettings(values: Values): Result<NodeAgentSettings, string> {
  const { kubeconfig, proc = '', 'node-name': nodeName = '', 'log-level': logLevel = '' } = values;
  if (nodeName === '') return err('--node-name is missing: write the name of a node that "kubectl get nodes" shows');
  const interval = parseDuration(values['report-interval'] ?? '');
  if (!interval.ok) return err(`--report-interval ${interval.error}`);
  if (interval.value < SHORTEST_MS)
    return err(`--report-interval "${values['report-interval']}": write "100ms" or more`);
  if (!isLogLevel(logLevel)) return err(`--log-level "${logLevel}": write one of ${logLevels.join(', ')}`);
  return ok({ kubeconfig, nodeName, proc, reportIntervalMs: interval.value, logLevel });
}

/** Below it an agent would do little else. */
const SHORTEST_MS = 100;
