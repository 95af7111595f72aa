import { ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { commonFlags } from '../command.ts';
import type { Command } from '../command.ts';
import { runManager } from '../../manager/index.ts';
import type { ManagerSettings } from '../../manager/index.ts';
import { parseBind, parseDuration } from '../options.ts';
import type { Values } from '../options.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** `hostport manager`. */
export const managerCommand: Command = {
  summary: 'runs the controllers; several may run at once',
  flags: {
    ...commonFlags,
    'metrics-bind': {
      type: 'string',
      value: 'HOST:PORT',
      default: '127.0.0.1:8080',
      help: 'where /livez, /readyz and /metrics are served; port 0 takes a free one',
    },
    'metrics-auth': {
      type: 'boolean',
      default: 'false',
      help: 'give /metrics only to bearer tokens whose account may get it (ClusterRole hostport-metrics-reader); over plain HTTP, so whoever reads along has the token',
    },
    'webhook-bind': {
      type: 'string',
      value: 'HOST:PORT',
      default: '127.0.0.1:9443',
      help: 'where admission reviews are answered over HTTPS',
    },
    'webhook-reuse-port': {
      type: 'boolean',
      default: 'false',
      help: 'let several managers on one machine share that address',
    },
    'webhook-cert-dir': {
      type: 'string',
      value: 'DIR',
      help: 'a folder with tls.crt and tls.key, as cert-manager mounts them; else the managers make their own',
    },
    'webhook-client-ca': {
      type: 'string',
      value: 'FILE',
      help: 'authorities in PEM, one of which has to have signed the certificate of whoever sends reviews; else no certificate is asked for',
    },
    'reservation-life': {
      type: 'string',
      value: 'DURATION',
      default: '45s',
      help: 'how long a pod that was let in may stay unseen until its numbers are free again; not below the 34s in which an API server may still store it',
    },
    'node-report-life': {
      type: 'string',
      value: 'DURATION',
      default: '60s',
      help: "how long a node agent's report is believed that isn't renewed; several times the agents' interval",
    },
    'leader-elect': {
      type: 'boolean',
      default: 'true',
      help: 'let one of several managers lead; without it this one does',
    },
    'sweep-interval': {
      type: 'string',
      value: 'DURATION',
      default: '5s',
      help: 'how often holders and ledger are compared; where there are very many it is less often by itself',
    },
    'log-level': { type: 'string', value: 'LEVEL', default: 'info', help: 'debug, info, warn or error' },
  },
  exits:
    'Exits with 0 after SIGTERM or SIGINT, 1 when it failed to start, 2 for wrong usage, or when the ledger of the cluster is in another namespace.',
  prepare(values) {
    const settings = readSettings(values);
    if (!settings.ok) return settings;
    return ok(async (signal) => {
      await runManager(settings.value, signal);
      return 0;
    });
  },
};

function readSettings(values: Values): Result<ManagerSettings, string> {
  const bind = parseBind(values['metrics-bind'] ?? '');
  if (!bind.ok) return { ok: false, error: `--metrics-bind ${bind.error}` };
  const webhookBind = parseBind(values['webhook-bind'] ?? '');
  if (!webhookBind.ok) return { ok: false, error: `--webhook-bind ${webhookBind.error}` };
  const life = parseDuration(values['reservation-life'] ?? '');
  if (!life.ok) return { ok: false, error: `--reservation-life ${life.error}` };
  const reportLife = parseDuration(values['node-report-life'] ?? '');
  if (!reportLife.ok) return { ok: false, error: `--node-report-life ${reportLife.error}` };
  const sweep = parseDuration(values['sweep-interval'] ?? '');
  if (!sweep.ok) return { ok: false, error: `--sweep-interval ${sweep.error}` };
  const logLevel = LEVELS.find((level) => level === values['log-level']);
  if (logLevel === undefined)
    return { ok: false, error: `--log-level "${values['log-level'] ?? ''}": write one of ${LEVELS.join(', ')}` };
  return ok({
    kubeconfig: values['kubeconfig'],
    namespace: values['namespace'] ?? '',
    metricsBind: bind.value,
    metricsAuth: values['metrics-auth'] === 'true',
    webhookBind: webhookBind.value,
    webhookReusePort: values['webhook-reuse-port'] === 'true',
    webhookCertDir: values['webhook-cert-dir'],
    webhookClientCa: values['webhook-client-ca'],
    reservationLifeMs: life.value,
    nodeReportLifeMs: reportLife.value,
    leaderElect: values['leader-elect'] === 'true',
    sweepIntervalMs: sweep.value,
    logLevel,
  });
}
