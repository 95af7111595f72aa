import type { LogLevel } from '../runtime/index.ts';

/** The settings of `hostport manager`. */
export interface ManagerSettings {
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
  readonly reservationLifeMs: number;
  readonly leaderElect: boolean;
  /** How long the report of a node agent is believed without renewal, in milliseconds. */
  readonly nodeReportLifeMs: number;
  readonly sweepIntervalMs: number;
  readonly logLevel: LogLevel;
}
