import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { MANAGER_NAME } from '../api/index.ts';
import { systemClock as clock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import { systemRandom as random } from '../base/random.ts';
import { Connection, createClusterClient } from '../kube/index.ts';
import type { ClusterClient } from '../kube/index.ts';
import {
  ClientAuthority,
  LeaderElector,
  Manager,
  Metrics,
  alwaysLeading,
  createLogger,
  metricsAccess,
  runtimeMetrics,
  startHealthServer,
  startHttpsServer,
} from '../runtime/index.ts';
import type { CertificateSource, Lead, Leadership, LogLevel, WebhookPath } from '../runtime/index.ts';
import { Adoption } from './adoption.ts';
import { assemble } from './assembly.ts';
import type { Assembly } from './assembly.ts';
import { LedgerNamespaceWatch } from './ledger-namespace-watch.ts';
import { createPortMetrics } from './metrics.ts';
import { certificatesFor, webhookPathFor } from './webhook-trust.ts';

/** The settings of `hostport manager`. */
interface ManagerSettings {
  readonly kubeconfig: string | undefined;
  readonly namespace: string;
  /** The address of health and metrics. */
  readonly metricsBind: { readonly host: string; readonly port: number };
  /** Whether metrics are given only to those who may read them according to the API server. */
  readonly metricsAuth: boolean;
  /** The address at which admission reviews are answered. */
  readonly webhookBind: { readonly host: string; readonly port: number };
  /** Whether several managers share that address. */
  readonly webhookReusePort: boolean;
  /** The folder in which another program keeps the certificate; absent: the managers issue their own. */
  readonly webhookCertDir: string | undefined;
  /** A file with the authorities that sign certificates of API servers; absent: callers need no certificate. */
  readonly webhookClientCa: string | undefined;
  /** How long an admitted pod may stay unseen until its numbers are free again, in milliseconds. */
  readonly reservationLifeMs: number;
  /** Whether one of several managers leads; false: this one always does. */
  readonly leaderElect: boolean;
  /** How long the report of a node agent is believed without renewal, in milliseconds. */
  readonly nodeReportLifeMs: number;
  /** How often holders and ledger are compared, in milliseconds. */
  readonly sweepIntervalMs: number;
  readonly logLevel: LogLevel;
}

/** How long a stop may take: shorter than the 30 s that Kubernetes gives a pod to end. */
const GRACE_MS = 25_000;

/** How long the API server waits for the slowest of the webhooks. */
const WEBHOOK_TIMEOUT_MS = 10_000;

/**
 * Runs a manager until `signal` aborts: first health, then caches, adoption and election; stops in reverse order.
 * Rejects with `LedgerNamespaceError` if, or as soon as, the cluster's ledger is in another namespace.
 */
export async function runManager(settings: ManagerSettings, signal: AbortSignal): Promise<void> {
  const lifetime = new Lifetime('process');
  const moved = new AbortController();
  try {
    await compose(settings, lifetime, (error) => moved.abort(error)).run(AbortSignal.any([signal, moved.signal]));
    if (!signal.aborted) moved.signal.throwIfAborted();
  } finally {
    await lifetime[Symbol.asyncDispose]();
  }
}

function compose(settings: ManagerSettings, lifetime: Lifetime, onMoved: (error: Error) => void): Manager {
  // Each process has to be a candidate of its own, also several on one machine.
  const instance = `${hostname()}-${randomUUID().slice(0, 8)}`;
  const logger = createLogger({ level: settings.logLevel }).child({ instance });
  const metrics = new Metrics();
  metrics.watchProcess();
  const own = runtimeMetrics(metrics);
  const connection = lifetime.own(new Connection({ kubeconfig: settings.kubeconfig, clock }));
  const client = createClusterClient({ connection, clock, random, onRequest: own.onRequest });
  const { namespace, sweepIntervalMs, reservationLifeMs, nodeReportLifeMs } = settings;
  const portMetrics = createPortMetrics(metrics);
  const common = { client, clock, random, namespace };
  const assembly = assemble(lifetime, {
    ...common,
    log: logger,
    instance,
    sweepIntervalMs,
    reservationLifeMs,
    nodeReportLifeMs,
    portMetrics,
    runtimeMetrics: own,
  });
  const adoption = new Adoption((phase) => assembly.adopt(phase), clock, logger);
  const electionOf = (lead: Lead): Leadership =>
    settings.leaderElect
      ? new LeaderElector({ ...common, logger, name: MANAGER_NAME, identity: instance, lead, onLeading: own.lead })
      : alwaysLeading(lead, { clock, logger });
  const manager = new Manager({ clock, logger, graceMs: GRACE_MS, electionOf });
  const trust = { client, logger, namespace };
  const certificates = lifetime.own(certificatesFor(trust, settings.webhookCertDir, settings.webhookBind.host));
  const { webhookClientCa: file } = settings;
  const clientAuthority = file === undefined ? undefined : lifetime.own(new ClientAuthority({ file, clock, logger }));
  const path = lifetime.own(webhookPathFor(trust));
  const ledgerNamespace = new LedgerNamespaceWatch({ client, clock, logger, namespace, onMoved });
  const serving = { settings, client, logger, metrics, assembly, adoption, certificates, clientAuthority, path };
  manager.add('servers', health({ ...serving, ledgerNamespace }));
  // Before anything is written.
  manager.add('caches', { name: 'ledger namespace', start: (phase) => ledgerNamespace.start(phase) });
  manager.add('caches', { name: 'caches', start: (phase) => assembly.start(phase.signal) });
  manager.add('always', admission(serving));
  manager.add('leader', { name: 'controllers', start: (term, fence) => assembly.lead(term, fence) });
  manager.add('leader', { name: 'webhook path', start: (term, fence) => path.lead(term, fence) });
  return manager;
}

/** A part of a manager that is started and stopped with it. */
type Part = Parameters<Manager['add']>[1];

/** What the servers of a manager need. */
interface ServingParts {
  readonly settings: ManagerSettings;
  readonly client: ClusterClient;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly assembly: Assembly;
  readonly adoption: Adoption;
  readonly certificates: CertificateSource;
  readonly clientAuthority: ClientAuthority | undefined;
  readonly path: WebhookPath;
}

/** Serves health and metrics. */
function health(parts: ServingParts & { readonly ledgerNamespace: LedgerNamespaceWatch }): Part {
  const { settings, client, logger, metrics, assembly, adoption, certificates, path, ledgerNamespace } = parts;
  const readiness = {
    'api-server': () => assembly.trouble(),
    certificate: () => certificates.trouble(),
    path: () => path.trouble(),
    'ledger-namespace': () => ledgerNamespace.trouble(),
    adopted: () => (adoption.isDone ? undefined : 'the holders that are there are not adopted yet'),
  };
  const { metricsBind: bind, metricsAuth } = settings;
  return {
    name: 'health',
    start: async (phase) => {
      const { signal } = phase;
      const authorize = metricsAuth ? metricsAccess({ client, clock, logger, signal }) : undefined;
      const server = phase.own(await startHealthServer({ bind, metrics, logger, readiness, authorize }, signal));
      logger.info('serves health and metrics', { address: server.address });
    },
  };
}

/** Answers admission reviews, once the existing holders are adopted. */
function admission(parts: ServingParts): Part {
  const { settings, logger, assembly, adoption, certificates, clientAuthority, path } = parts;
  const { webhookBind: bind, webhookReusePort: reusePort } = settings;
  const { routes } = assembly;
  const routeOf = (asked: string): string | undefined => path.plainOf(asked);
  const tls = { certificates, clientAuthority };
  const options = { bind, reusePort, ...tls, routes, routeOf, logger, requestTimeoutMs: WEBHOOK_TIMEOUT_MS };
  return {
    name: 'admission',
    start: async (phase) => {
      await adoption.untilDone(phase.signal);
      await Promise.all(
        [certificates, path, ...(clientAuthority ? [clientAuthority] : [])].map((each) => each.start(phase.signal)),
      );
      const server = phase.own(await startHttpsServer(options, phase.signal));
      logger.info('answers admission reviews', { address: server.address });
    },
  };
}
