import { Lifetime } from '../../src/base/lifetime.ts';
import { Nodes } from '../../src/kube/index.ts';
import type { ClusterClient, Node } from '../../src/kube/index.ts';
import { Agents } from '../integration/agent/agents.ts';
import { startControlPlane } from '../support/control-plane/control-plane.ts';
import { freePort } from '../support/control-plane/ports.ts';
import { ownedTemporaryFolder } from '../support/hostport/folder.ts';
import { startHostport } from '../support/hostport/hostport.ts';
import type { RunningHostport } from '../support/hostport/hostport.ts';
import { Front } from './front.ts';
import { Service } from './service.ts';
import type { Member } from './service.ts';
import { clientOf, makeTenant } from './tenant.ts';
import type { Tenant } from './tenant.ts';

const MANAGERS = 3;
const HOSTILE_NODE = 'node-2';

/** Where a soak takes place. */
export interface Stage extends AsyncDisposable {
  readonly hostport: RunningHostport;
  readonly service: Service;
  readonly honest: readonly Tenant[];
  readonly hostile: Tenant;
  /** The client of a node's agent. */
  readonly node: { readonly node: Node; readonly client: ClusterClient };
}

/** Starts a cluster of four nodes with three managers, and makes the tenants. */
export async function prepare(parent: string): Promise<Stage> {
  const lifetime = new Lifetime('soak');
  try {
    const folder = ownedTemporaryFolder(parent, 'hostport-soak-', lifetime);
    // Without its cache, the API server remembers over a restart what watches have missed: nothing escapes the recorder.
    const plane = lifetime.own(await startControlPlane({ nodes: 4, extraApiServerArgs: ['--watch-cache=false'] }));
    const front = lifetime.own(await Front.start());
    const common = { plane, webhookPort: front.port, recordPods: true };
    const hostport = lifetime.own(await startHostport({ ...common, managers: 0 }));
    const service = new Service(front, await startManagers(hostport));
    lifetime.run((signal) => service.run(signal), rethrow);
    await hostport.whenReady();
    await limitTenants(hostport);
    const agents = lifetime.own(await Agents.install(hostport));
    const client = clientOf(await agents.kubeconfigOf(HOSTILE_NODE), lifetime);
    const place = { folder, lifetime };
    const honest = [await makeTenant(hostport, 'honest-a', place), await makeTenant(hostport, 'honest-b', place)];
    const hostile = await makeTenant(hostport, 'hostile', place);
    const node = {
      node: await hostport.client.get(Nodes, { name: HOSTILE_NODE }, { signal: hostport.signal }),
      client,
    };
    return { hostport, service, honest, hostile, node, [Symbol.asyncDispose]: () => lifetime[Symbol.asyncDispose]() };
  } catch (error) {
    await lifetime[Symbol.asyncDispose]();
    throw error;
  }
}

/** Each at a port of its own, so that the front may choose. */
async function startManagers(hostport: RunningHostport): Promise<readonly Pick<Member, 'manager' | 'port'>[]> {
  const members: Pick<Member, 'manager' | 'port'>[] = [];
  for (let count = 0; count < MANAGERS; count++) {
    const port = await freePort();
    const manager = await hostport.addManager({ wait: false, args: ['--webhook-bind', `127.0.0.1:${port}`] });
    members.push({ manager, port });
  }
  return members;
}

/** As an admin does who has tenants: each has its share, and nobody can take all. */
async function limitTenants({ objects }: RunningHostport): Promise<void> {
  await objects.editPool('default', { maxPortsPerNamespace: 1_000, cooldown: '5s' });
}

function rethrow(error: unknown): void {
  throw error;
}
