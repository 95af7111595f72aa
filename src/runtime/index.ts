/**
 * The machinery of any operator: the work queue and reconcile loop, leader election, HTTPS and health servers, logs and
 * metrics. Nothing here knows about ports.
 *
 * It refuses to know what a key stands for, to keep the state of objects, and to end the process.
 *
 * 1. No key is reconciled twice at the same time, and no key that was added is forgotten.
 * 2. A reconcile ends in one of three outcomes, or in an error after which it is tried again with growing waits.
 * 3. Parts start phase by phase and stop in the opposite order, within one grace period.
 * 4. At most one replica leads, as long as clocks run at about the same speed. Losing the lease ends the term, not the
 *    process.
 * 5. Nothing here runs on after its disposal.
 */
export { BindError } from './listen.ts';
export { Controller } from './controller.ts';
export type { ControllerObserver, ControllerOptions, MakeController, Outcome, Reconcile } from './controller.ts';
export { Courtesy } from './courtesy.ts';
export { startHealthServer } from './health.ts';
export type { Authorize, HealthCheck, HealthServer } from './health.ts';
export { startHttpsServer } from './https-server.ts';
export type { HttpsServer, HttpsServerOptions } from './https-server.ts';
export type { HttpsHandler, HttpsReport } from './https-exchange.ts';
export { KeyBatch } from './key-batch.ts';
export { LeaderElector } from './leader-election.ts';
export { usualLeaseTimes } from './lease-rules.ts';
export type { LeaseTimes } from './lease-rules.ts';
export { createLogger, logLevels, withLogFields } from './logging.ts';
export type { LogLevel } from './logging.ts';
export { Manager, alwaysLeading } from './manager.ts';
export type { Lead, Leadership, LeaderTools, Part } from './manager.ts';
export { metricsAccess } from './metrics-access.ts';
export { Metrics } from './metrics.ts';
export type { GaugeMetric } from './metrics.ts';
export { runtimeMetrics } from './runtime-metrics.ts';
export type { RuntimeMetrics } from './runtime-metrics.ts';
export { WorkQueue } from './work-queue.ts';
export { CA_LIFE_MS, Certificates, ClientAuthority, FileCertificates, LEAF_LIFE_MS } from './tls/index.ts';
export type { CertificateSource, CertificatesOptions, KeyPair, Subjects } from './tls/index.ts';
export { WebhookPath, ownPathIn, usualPathTimes } from './webhooks/index.ts';
export type { PathTimes, PlainPaths, WebhookName } from './webhooks/index.ts';
