import type { LogLevel } from '../runtime/index.ts';

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
