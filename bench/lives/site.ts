import { API_VERSION } from '../../src/api/index.ts';
import { Namespaces } from '../../src/kube/index.ts';
import { startControlPlane } from '../../test/support/control-plane/control-plane.ts';
import { startHostport } from '../../test/support/hostport/hostport.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { UNTHROTTLED } from '../cluster.ts';
import { PodWatch } from '../pod-watch.ts';
import { profiled } from '../profile.ts';
import { NAMESPACE } from './workload.ts';

/** On which the pods run. */
export const NODES = 20;
const PATIENCE_MS = 180_000;

/** A cluster with Kubernetes' controllers, its scheduler, kubelets that kwok plays, and two managers of Hostport. */
export class Site {
  readonly hostport: RunningHostport;
  readonly pods: PodWatch;

  private constructor(hostport: RunningHostport, pods: PodWatch) {
    this.hostport = hostport;
    this.pods = pods;
  }

  /** For `section`; `owned` ends it. */
  static async open(owned: AsyncDisposableStack, section: string): Promise<Site> {
    const plane = owned.use(await startControlPlane({ nodes: NODES, ...UNTHROTTLED }));
    const hostport = owned.use(await startHostport({ plane, managers: 2, record: false, env: profiled(section) }));
    await hostport.objects.editPool('default', { cooldown: '0s', maxPortsPerNamespace: 10_000 });
    const { client, signal } = hostport;
    await client.create(Namespaces, { metadata: { name: NAMESPACE } }, { signal });
    return new Site(hostport, await PodWatch.open(owned, client, NAMESPACE));
  }

  /** Resolves when each of `wanted` pods has its record. */
  async untilRecorded(wanted: number): Promise<void> {
    const path = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/portallocations`;
    const { client, signal, eventually } = this.hostport;
    const count = async (): Promise<number> =>
      (JSON.parse(await client.raw(path, { signal })) as { readonly items: readonly unknown[] }).items.length;
    await eventually(count, (there) => there === wanted, `${wanted} records are there`, PATIENCE_MS);
  }

  /** Resolves when no number is held, and no record is left. */
  async settle(): Promise<void> {
    const { hostport } = this;
    const held = async (): Promise<number> => (await hostport.holders()).length;
    await hostport.eventually(held, (count) => count === 0, 'no number is held', PATIENCE_MS);
    const records = async (): Promise<string> => (await hostport.kubectl(['get', 'pa', '-n', NAMESPACE])).stdout;
    await hostport.eventually(records, (text) => text === '', 'there are no records', PATIENCE_MS);
  }
}
