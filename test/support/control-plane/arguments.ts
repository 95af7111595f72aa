import { auditArguments, auditFolder } from './audit.ts';
import type { ComponentName } from './binaries.ts';
import type { Credentials } from './credentials.ts';
import type { ControlPlaneOptions } from './options.ts';

/** What the command lines of one control plane have in common. */
export interface Layout {
  readonly dir: string;
  readonly kubeconfig: string;
  readonly etcdPort: number;
  readonly apiServerPort: number;
  readonly credentials: Credentials;
  /** Where the API server puts the certificate that it makes for itself. */
  readonly servingCertificates: string;
}

type Arguments = (layout: Layout, options: ControlPlaneOptions) => string[];

/** The flags of each part. */
export const argumentsOf: Readonly<Record<ComponentName, Arguments>> = {
  etcd: ({ dir, etcdPort }, { fsync = false, extraEtcdArgs = [] }) => [
    `--data-dir=${dir}/etcd`,
    `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
    '--listen-peer-urls=http://127.0.0.1:0', // there are no peers
    `--unsafe-no-fsync=${!fsync}`,
    '--quota-backend-bytes=8589934592', // benchmarks write more than the default of 2 GB
    '--log-level=warn',
    ...extraEtcdArgs,
  ],

  'kube-apiserver': (layout, options) => [
    `--etcd-servers=http://127.0.0.1:${layout.etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${layout.apiServerPort}`,
    // A loopback address can't be an endpoint of the Service `kubernetes`; nothing here uses that Service. Without an
    // address to advertise, a machine that has no default route can't start.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--cert-dir=${layout.servingCertificates}`,
    `--token-auth-file=${layout.credentials.tokenFile}`,
    '--authorization-mode=RBAC',
    `--service-account-key-file=${layout.credentials.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${layout.credentials.serviceAccountKey}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    '--profiling=false',
    // Without, a stop waits for its watchers to go, and they don't.
    '--shutdown-watch-termination-grace-period=500ms',
    // No metrics of the size of etcd: they cost a count of all its keys every minute.
    '--etcd-count-metric-poll-period=0',
    '--etcd-db-metric-poll-interval=0',
    ...listFlag('enable-admission-plugins', options.enableAdmissionPlugins),
    // Nobody makes the service accounts without a controller manager, and no pod can be without one.
    ...listFlag('disable-admission-plugins', [
      ...(options.controllerManager === false ? ['ServiceAccount'] : []),
      ...(options.disableAdmissionPlugins ?? []),
    ]),
    ...numberFlag('max-requests-inflight', options.maxRequestsInflight),
    ...numberFlag('max-mutating-requests-inflight', options.maxMutatingRequestsInflight),
    ...auditFlags(layout, options),
    ...(options.extraApiServerArgs ?? []),
  ],

  'kube-controller-manager': (layout, options) => [
    ...client(layout, options),
    `--service-account-private-key-file=${layout.credentials.serviceAccountKey}`,
    `--root-ca-file=${layout.servingCertificates}/apiserver.crt`,
    // On a busy machine fake nodes are late, and nobody calls their pods ready again once they were called unready.
    '--node-monitor-grace-period=1h',
    ...(options.extraControllerManagerArgs ?? []),
  ],

  'kube-scheduler': (layout, options) => [...client(layout, options), ...(options.extraSchedulerArgs ?? [])],

  kwok: ({ kubeconfig }, { kwokArgs = ['--manage-all-nodes=true'] }) => [`--kubeconfig=${kubeconfig}`, ...kwokArgs],
};

function client({ kubeconfig }: Layout, { qps = 500, burst = 1000 }: ControlPlaneOptions): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    // The only one of its kind: electing it would take seconds at every start, and end it when the API server is away.
    '--leader-elect=false',
    '--secure-port=0', // nobody asks it anything, so it needs neither port nor certificate
    `--kube-api-qps=${qps}`,
    `--kube-api-burst=${burst}`,
    '--profiling=false',
  ];
}

function auditFlags({ dir }: Layout, { auditFolder: folder = auditFolder() }: ControlPlaneOptions): readonly string[] {
  return folder === undefined ? [] : auditArguments(dir, folder);
}

function listFlag(name: string, values: readonly string[] = []): string[] {
  return values.length === 0 ? [] : [`--${name}=${values.join(',')}`];
}

function numberFlag(name: string, value: number | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}
