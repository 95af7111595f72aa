import { systemClock as clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { ClusterClient } from '../kube/index.ts';
import { metricsAccess, startHealthServer } from '../runtime/index.ts';
import type { CertificateSource, Manager, Metrics, WebhookPath } from '../runtime/index.ts';
import type { Adoption } from './adoption.ts';
import type { Assembly } from './assembly.ts';
import type { LedgerNamespaceWatch } from './ledger-namespace-watch.ts';
import type { ManagerSettings } from './settings.ts';

/** What the health server reports. */
export interface HealthParts {
  readonly client: ClusterClient;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly assembly: Pick<Assembly, 'trouble'>;
  readonly adoption: Pick<Adoption, 'isDone'>;
  readonly certificates: CertificateSource;
  readonly path: WebhookPath;
  readonly ledgerNamespace: LedgerNamespaceWatch;
}

/** Has `manager` serve health and metrics before everything else. */
export function addHealth(
  manager: Manager,
  { metricsBind: bind, metricsAuth }: ManagerSettings,
  { client, logger, metrics, assembly, adoption, certificates, path, ledgerNamespace }: HealthParts,
): void {
  const readiness = {
    'api-server': () => assembly.trouble(),
    certificate: () => certificates.trouble(),
    path: () => path.trouble(),
    'ledger-namespace': () => ledgerNamespace.trouble(),
    adopted: () => (adoption.isDone ? undefined : 'the holders that are there are not adopted yet'),
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
