import { runManager } from '../../manager/index.ts';
import { logLevels } from '../../runtime/index.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { flag, optionalFlag, parseBind, parseChoice, parseDuration, parseText, switchFlag } from '../options.ts';

/** `hostport manager`. */
export const managerCommand = defineCommand({
  summary: 'runs the controllers; several may run at once',
  flags: {
    ...commonFlags,
    'metrics-bind': flag(
      parseBind,
      'HOST:PORT',
      '127.0.0.1:8080',
      'where /livez, /readyz and /metrics are served; port 0 takes a free one',
    ),
    'metrics-auth': switchFlag(
      'give /metrics only to bearer tokens whose account may get it (ClusterRole hostport-metrics-reader); over plain HTTP, so whoever reads along has the token',
    ),
    'webhook-bind': flag(parseBind, 'HOST:PORT', '127.0.0.1:9443', 'where admission reviews are answered over HTTPS'),
    'webhook-reuse-port': switchFlag('let several managers on one machine share that address'),
    'webhook-cert-dir': optionalFlag(
      parseText,
      'DIR',
      'a folder with tls.crt and tls.key, as cert-manager mounts them; else the managers make their own',
    ),
    'webhook-client-ca': optionalFlag(
      parseText,
      'FILE',
      'authorities in PEM, one of which has to have signed the certificate of whoever sends reviews; else no certificate is asked for',
    ),
    'reservation-life': flag(
      parseDuration,
      'DURATION',
      '45s',
      'how long a pod that was let in may stay unseen until its numbers are free again; not below the 34s in which an API server may still store it',
    ),
    'node-report-life': flag(
      parseDuration,
      'DURATION',
      '60s',
      "how long a node agent's report is believed that isn't renewed; several times the agents' interval",
    ),
    'leader-elect': switchFlag('let one of several managers lead; without it this one does', true),
    'sweep-interval': flag(
      parseDuration,
      'DURATION',
      '5s',
      'how often holders and ledger are compared; where there are very many it is less often by itself',
    ),
    'log-level': flag(parseChoice(logLevels), 'LEVEL', 'info', 'debug, info, warn or error'),
  },
  exits:
    'Exits with 0 after SIGTERM or SIGINT, 1 when it failed to start, 2 for wrong usage, or when the ledger of the cluster is in another namespace.',
  async run(values, signal) {
    const settings = {
      kubeconfig: values.kubeconfig,
      namespace: values.namespace,
      metricsBind: values['metrics-bind'],
      metricsAuth: values['metrics-auth'],
      webhookBind: values['webhook-bind'],
      webhookReusePort: values['webhook-reuse-port'],
      webhookCertDir: values['webhook-cert-dir'],
      webhookClientCa: values['webhook-client-ca'],
      reservationLifeMs: values['reservation-life'],
      nodeReportLifeMs: values['node-report-life'],
      leaderElect: values['leader-elect'],
      sweepIntervalMs: values['sweep-interval'],
      logLevel: values['log-level'],
    };
    await runManager(settings, signal);
    return 0;
  },
});
