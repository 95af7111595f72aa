import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { MANAGER_NAME } from '../api/index.ts';
import { systemClock as clock } from '../base/clock.ts';
import { Lifetime } from '../base/lifetime.ts';
import { systemRandom as random } from '../base/random.ts';
import { Connection, createClusterClient } from '../kube/index.ts';
import {
  ClientAuthority,
  LeaderElector,
  Manager,
  Metrics,
  alwaysLeading,
  createLogger,
  runtimeMetrics,
  startHttpsServer,
} from '../runtime/index.ts';
import type { Lead, Leadership } from '../runtime/index.ts';
import { Adoption } from './adoption.ts';
import { assemble } from './assembly.ts';
import { addHealth } from './health.ts';
import { LedgerNamespaceWatch } from './ledger-namespace-watch.ts';
import { createPortMetrics } from './metrics.ts';
import type { ManagerSettings } from './settings.ts';
import { certificatesFor, webhookPathFor } from './webhook-trust.ts';

/** Shorter than the 30 s that Kubernetes gives a pod to end. */
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
  const certificates = lifetime.own(certificatesFor(settings, client, logger));
  const { webhookClientCa: file } = settings;
  const clientAuthority = file === undefined ? undefined : lifetime.own(new ClientAuthority({ file, clock, logger }));
  const path = lifetime.own(webhookPathFor(settings, client, logger));
  const ledgerNamespace = new LedgerNamespaceWatch({ client, clock, logger, namespace, onMoved });
  addHealth(manager, settings, { client, logger, metrics, assembly, adoption, certificates, path, ledgerNamespace });
  // Before anything is written.
  manager.add('caches', { name: 'ledger namespace', start: (phase) => ledgerNamespace.start(phase) });
  manager.add('caches', { name: 'caches', start: (phase) => assembly.start(phase.signal) });
  manager.add('always', {
    name: 'admission',
    start: async (phase) => {
      await adoption.untilDone(phase.signal);
      await Promise.all(
        [certificates, path, ...(clientAuthority ? [clientAuthority] : [])].map((each) => each.start(phase.signal)),
      );
      const { webhookBind: bind, webhookReusePort: reusePort } = settings;
      const { routes } = assembly;
      const routeOf = (asked: string): string | undefined => path.plainOf(asked);
      const tls = { certificates, clientAuthority };
      const options = { bind, reusePort, ...tls, routes, routeOf, logger, requestTimeoutMs: WEBHOOK_TIMEOUT_MS };
      const server = phase.own(await startHttpsServer(options, phase.signal));
      logger.info('answers admission reviews', { address: server.address });
    },
  });
  manager.add('leader', { name: 'controllers', start: (term, fence) => assembly.lead(term, fence) });
  manager.add('leader', { name: 'webhook path', start: (term, fence) => path.lead(term, fence) });
  return manager;
}
