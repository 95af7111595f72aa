import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import {
  CA_SECRET_NAME,
  MANAGER_NAME,
  PATH_SECRET_NAME,
  WEBHOOK_CONFIGURATION_NAME,
  WEBHOOK_SERVICE_NAME,
  pathsByWebhook,
  webhookPaths,
} from '../api/index.ts';
import { isCancellation, pause } from '../base/cancellation.ts';
import { systemClock as clock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import { systemRandom as random } from '../base/random.ts';
import { Connection, createClusterClient } from '../kube/index.ts';
import type { ClusterClient } from '../kube/index.ts';
import {
  Certificates,
  ClientAuthority,
  FileCertificates,
  LeaderElector,
  Manager,
  Metrics,
  WebhookPath,
  alwaysLeading,
  createLogger,
  metricsAccess,
  runtimeMetrics,
  startHealthServer,
  startHttpsServer,
} from '../runtime/index.ts';
import type { CertificateSource, Lead, Leadership, LogLevel } from '../runtime/index.ts';
import { roleInstanceSetRoute } from '../webhook/index.ts';
import { LedgerNamespaceWatch } from './ledger-namespace-watch.ts';
import { createPortMetrics } from './metrics.ts';
import { Product } from './product.ts';

/** What `hostport manager` is told. */
export interface ManagerSettings {
  readonly kubeconfig: string | undefined;
  readonly namespace: string;
  /** Where health and metrics are served. */
  readonly metricsBind: { readonly host: string; readonly port: number };
  /** Whether the metrics are for those alone who may read them by the API server's word. */
  readonly metricsAuth: boolean;
  /** Where admission reviews are answered. */
  readonly webhookBind: { readonly host: string; readonly port: number };
  /** Whether several managers share that address. */
  readonly webhookReusePort: boolean;
  /** Where somebody else keeps the certificate; absent: the managers see to it themselves. */
  readonly webhookCertDir: string | undefined;
  /** A file with the authorities that sign for API servers; absent: whoever calls needs no certificate. */
  readonly webhookClientCa: string | undefined;
  readonly reservationLifeMs: number;
  readonly leaderElect: boolean;
  /** How long the report of a node agent is believed that isn't renewed. */
  readonly nodeReportLifeMs: number;
  readonly sweepIntervalMs: number;
  readonly logLevel: LogLevel;
}

/** What API servers are sent here by. */
const webhooks = [
  { kind: 'mutating', name: WEBHOOK_CONFIGURATION_NAME },
  { kind: 'validating', name: WEBHOOK_CONFIGURATION_NAME },
] as const;

/** Shorter than the 30 s that Kubernetes gives a pod to end. */
const GRACE_MS = 25_000;

/** As long as the API server waits for the slowest of our webhooks. */
const WEBHOOK_TIMEOUT_MS = 10_000;

/** Between two tries to adopt the holders that are there. */
const ADOPT_AGAIN_MS = 1_000;

/**
 * Runs a manager until `signal` aborts: health first, then caches, adoption, election; and stops the other way round. Ends with
 * `LedgerNamespaceError` where, or as soon as, the cluster's ledger is in another namespace.
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
  // No two processes may be the same candidate, also not on one machine.
  const instance = `${hostname()}-${randomUUID().slice(0, 8)}`;
  const logger = createLogger({ level: settings.logLevel }).child({ instance });
  const metrics = new Metrics();
  metrics.watchProcess();
  const own = runtimeMetrics(metrics);
  const connection = lifetime.own(new Connection({ kubeconfig: settings.kubeconfig, clock }));
  const client = createClusterClient({ connection, clock, random });
  const { namespace, sweepIntervalMs, reservationLifeMs, nodeReportLifeMs } = settings;
  const portMetrics = createPortMetrics(metrics);
  const common = { client, clock, random, namespace };
  const product = lifetime.own(
    new Product({
      ...common,
      log: logger,
      instance,
      sweepIntervalMs,
      reservationLifeMs,
      nodeReportLifeMs,
      portMetrics,
      runtimeMetrics: own,
    }),
  );
  const electionOf = (lead: Lead): Leadership =>
    settings.leaderElect
      ? new LeaderElector({ ...common, logger, name: MANAGER_NAME, identity: instance, lead, onLeading: own.lead })
      : alwaysLeading(lead, { clock, logger });
  const manager = new Manager({ clock, logger, graceMs: GRACE_MS, electionOf });
  const certificates = lifetime.own(certificatesFor(settings, client, logger));
  const { webhookClientCa: file } = settings;
  const clientAuthority = file === undefined ? undefined : lifetime.own(new ClientAuthority({ file, clock, logger }));
  const path = lifetime.own(webhookPathFor(settings, client, logger));
  const ledgerNamespace = new LedgerNamespaceWatch({ client, clock, logger, namespace, onMoved });
  addHealth(manager, settings, { client, logger, metrics, product, certificates, path, ledgerNamespace });
  // Before anything is written.
  manager.add('caches', { name: 'ledger namespace', start: (phase) => ledgerNamespace.start(phase) });
  manager.add('caches', { name: 'caches', start: (phase) => product.start(phase.signal) });
  manager.add('always', {
    name: 'admission',
    start: async (phase) => {
      await adoptUntilDone(product, logger, phase.signal);
      await Promise.all(
        [certificates, path, ...(clientAuthority ? [clientAuthority] : [])].map((each) => each.start(phase.signal)),
      );
      const { webhookBind: bind, webhookReusePort: reusePort } = settings;
      const routes = {
        [webhookPaths.pods]: product.podRoute(),
        [webhookPaths.bindings]: product.bindingRoute(),
        [webhookPaths.roleInstanceSets]: roleInstanceSetRoute({ clock, log: logger, observe: portMetrics.onSetReview }),
      };
      const routeOf = (asked: string): string | undefined => path.plainOf(asked);
      const tls = { certificates, clientAuthority };
      const options = { bind, reusePort, ...tls, routes, routeOf, logger, requestTimeoutMs: WEBHOOK_TIMEOUT_MS };
      const server = phase.own(await startHttpsServer(options, phase.signal));
      logger.info('answers admission reviews', { address: server.address });
    },
  });
  manager.add('leader', { name: 'controllers', start: (term, fence) => product.lead(term, fence) });
  manager.add('leader', { name: 'webhook path', start: (term, fence) => path.lead(term, fence) });
  return manager;
}

function addHealth(
  manager: Manager,
  { metricsBind: bind, metricsAuth }: ManagerSettings,
  {
    client,
    logger,
    metrics,
    product,
    certificates,
    path,
    ledgerNamespace,
  }: {
    client: ClusterClient;
    logger: Logger;
    metrics: Metrics;
    product: Product;
    certificates: CertificateSource;
    path: WebhookPath;
    ledgerNamespace: LedgerNamespaceWatch;
  },
): void {
  const readiness = {
    'api-server': () => product.trouble(),
    certificate: () => certificates.trouble(),
    path: () => path.trouble(),
    'ledger-namespace': () => ledgerNamespace.trouble(),
    adopted: () => (product.adopted ? undefined : 'the holders that are there are not adopted yet'),
  };
  manager.add('servers', {
    name: 'health',
    start: async (phase) => {
      const { signal } = phase;
      const authorize = metricsAuth ? metricsAccess({ client, clock, logger, signal }) : undefined;
      const server = phase.own(await startHealthServer({ bind, metrics, logger, readiness, authorize }, signal));
      logger.info('serves health and metrics', { address: server.address });
    },
  });
}

/** What API servers call the managers: by the Service, or on the same machine. */
function certificatesFor(
  { webhookCertDir: dir, webhookBind, namespace }: ManagerSettings,
  client: ClusterClient,
  logger: Logger,
): CertificateSource {
  if (dir !== undefined) return new FileCertificates({ dir, clock, logger });
  const service = `${WEBHOOK_SERVICE_NAME}.${namespace}.svc`;
  const addresses = ['127.0.0.1', '::1', ...(isIP(webhookBind.host) === 0 ? [] : [webhookBind.host])];
  return new Certificates({
    client,
    clock,
    logger,
    random,
    namespace,
    secretName: CA_SECRET_NAME,
    subjects: {
      dnsNames: [service, `${service}.cluster.local`, 'localhost'],
      ipAddresses: [...new Set(addresses)],
    },
    webhooks,
  });
}

/** What makes sure that nobody but API servers calls the managers. */
function webhookPathFor({ namespace }: ManagerSettings, client: ClusterClient, logger: Logger): WebhookPath {
  return new WebhookPath({
    client,
    clock,
    logger,
    random,
    namespace,
    secretName: PATH_SECRET_NAME,
    webhooks,
    plainPaths: pathsByWebhook,
  });
}

/** Trouble at the start is no reason to go: readiness says so, and the API server comes back. */
async function adoptUntilDone(product: Product, logger: Logger, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await product.adopt(signal);
    } catch (error) {
      if (isCancellation(error, signal)) throw error;
      logger.warn('the holders that are there could not be adopted, to be tried again', { error });
      await pause(clock, ADOPT_AGAIN_MS, signal);
    }
  }
}
