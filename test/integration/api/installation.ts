import { systemClock } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { install } from '../../../src/cli/installation/install.ts';
import { uninstall } from '../../../src/cli/installation/uninstall.ts';
import { Connection, createClusterClient } from '../../../src/kube/index.ts';
import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import { kubectlOf } from './kubectl.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';
import type { UninstallOutcome } from '../../../src/cli/installation/uninstall.ts';
import type { Kubectl } from './kubectl.ts';

/** A cluster to install into, and the two commands. Nobody reconciles our kinds. */
export interface Installation extends AsyncDisposable {
  readonly kubectl: Kubectl;
  /** An admin's. */
  readonly client: ClusterClient;
  /** Runs `install`, and gives the lines that it printed. */
  install(namespace?: string, webhookUrl?: string, nodeAgent?: boolean): Promise<readonly string[]>;
  uninstall(options?: {
    readonly force?: boolean;
    readonly namespace?: string;
    readonly stallMs?: number;
  }): Promise<UninstallOutcome>;
}

/** Starts one, with the controllers that end namespaces and fill in aggregated roles. */
export async function installation(): Promise<Installation> {
  const owned = new AsyncDisposableStack();
  const { signal } = new AbortController();
  const plane = owned.use(await obtainControlPlane({ scheduler: false, kwok: false }));
  const connection = owned.use(new Connection({ kubeconfig: plane.kubeconfig, clock: systemClock }));
  const client = createClusterClient({ connection, clock: systemClock, random: systemRandom });
  const options = (lines: string[], namespace = 'hostport-system', stallMs = 30_000) => ({
    client,
    clock: systemClock,
    namespace,
    stallMs,
    report: (line: string) => void lines.push(line),
  });
  return {
    kubectl: kubectlOf(plane.kubeconfig),
    client,
    async install(namespace, webhookUrl, nodeAgent = false) {
      const lines: string[] = [];
      await install({ ...options(lines, namespace), webhookUrl, nodeAgent }, signal);
      return lines;
    },
    uninstall({ force = false, namespace, stallMs } = {}) {
      return uninstall({ ...options([], namespace, stallMs), force }, signal);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
