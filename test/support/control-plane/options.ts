import type { Access } from './api.ts';

/** What a control plane is made of. Everything has a default that suits tests. */
export interface ControlPlaneOptions {
  /** Told, a line at a time, how a build goes on and which part has ended unasked; by default this goes to stderr. */
  readonly report?: (line: string) => void;
  /** Default true. Without it there are no default service accounts, and `ServiceAccount` admission is off. */
  readonly controllerManager?: boolean;
  /** Default true. */
  readonly scheduler?: boolean;
  /** Default true: makes nodes ready, and runs and ends the pods that are bound to them. */
  readonly kwok?: boolean;
  /** How many fake nodes to create, `node-1` and so on; default none. They are ready when the start is over. */
  readonly nodes?: number;
  /** Requests a second that controller manager and scheduler may send; default 500. */
  readonly qps?: number;
  /** How many they may send at once; default 1000. */
  readonly burst?: number;
  /** Whether etcd waits for the disk; default false: only a crash of the machine would cost it data. */
  readonly fsync?: boolean;
  readonly maxRequestsInflight?: number;
  readonly maxMutatingRequestsInflight?: number;
  /** Admission plugins beside the API server's default ones. */
  readonly enableAdmissionPlugins?: readonly string[];
  readonly disableAdmissionPlugins?: readonly string[];
  /** Further flags. Flags that are given twice count the second time. */
  readonly extraEtcdArgs?: readonly string[];
  readonly extraApiServerArgs?: readonly string[];
  readonly extraControllerManagerArgs?: readonly string[];
  readonly extraSchedulerArgs?: readonly string[];
  /** What kwok manages, and how; default `--manage-all-nodes=true`. */
  readonly kwokArgs?: readonly string[];
  /** Where the API server logs what our service accounts ask of it; default what `HOSTPORT_AUDIT_FOLDER` names, if it does. */
  readonly auditFolder?: string;
  /** The folder of keys, data and logs, which must exist and is kept; default a temporary one, which `stop` removes. */
  readonly dir?: string;
  /** Default false: everything ends with this process, even if it is killed. True: everything outlives it. */
  readonly detached?: boolean;
}

/** A Kubernetes cluster to test against. */
export interface ControlPlane extends Access, AsyncDisposable {
  /** The path of a kubeconfig for the admin. */
  readonly kubeconfig: string;
  /** Where keys, data and logs are: `<dir>/kube-apiserver.log` and so on. */
  readonly dir: string;
  /** False for a cluster that was there before: it can be used, not stopped. */
  readonly isOurs: boolean;
  /** The API server's process id; undefined while it is stopped. */
  readonly apiServerPid: number | undefined;
  /**
   * Stops the API server only; what is in etcd stays. Controller manager, scheduler and kwok are paused meanwhile:
   * after half a minute of failing they would try again only once a minute, and tests would wait for that.
   */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same port, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Ends every process and removes the temporary folder. A second call does nothing. */
  stop(): Promise<void>;
}
