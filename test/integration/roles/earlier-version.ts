import { ledgerSelector } from '../../../src/ledger/index.ts';
import {
  API_VERSION,
  finalizers,
  PortAllocations,
  RoleInstances,
  RoleInstanceSets,
  summarize,
} from '../../../src/api/index.ts';
import type { GivenPort, PortAllocation, RoleInstance, RoleInstanceSet } from '../../../src/api/index.ts';
import { allocationOf, givenOf, holderOfRole, roleHolder } from '../../../src/allocation/index.ts';
import { ConfigMaps } from '../../../src/kube/index.ts';
import { ownerReferenceTo } from '../../../src/roles/index.ts';
import { sealOf } from '../../../src/ledger/block.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

/** A set or an instance, and the allocation that an earlier version made for it. */
interface Made {
  readonly object: RoleInstance | RoleInstanceSet;
  readonly allocation: string;
}

/**
 * Leaves set `name` as an earlier version would have made it: what the set and its instances hold is held by PortAllocations that
 * they control, and nothing else is known of it. No manager may run meanwhile.
 */
export async function asEarlierVersion(hostport: RunningHostport, name: string): Promise<void> {
  const { client, signal } = hostport;
  const namespace = 'default';
  const set = await client.get(RoleInstanceSets, { namespace, name }, { signal });
  const labelSelector = `hostport.io/role-instance-set=${name}`;
  const instances = (await client.list(RoleInstances, { namespace, labelSelector, signal })).items;
  const all = [
    { object: set, allocation: `${name}.role` },
    ...instances.map((object) => ({ object, allocation: `${object.metadata.name}.pods` })),
  ];
  for (const made of all) await give(hostport, made);
  for (const { metadata } of instances) {
    const body = { metadata: { finalizers: null } };
    await client.patch(RoleInstances, { namespace, name: metadata.name }, { type: 'merge', body, signal });
  }
  for (const record of (await hostport.objects.allocations(namespace)).filter(({ spec }) => spec.recordOf)) {
    await client.remove(PortAllocations, { namespace, name: record.metadata.name }, { signal });
  }
}

async function give(hostport: RunningHostport, { object, allocation: name }: Made): Promise<void> {
  const { client, signal } = hostport;
  const { kind, metadata } = object;
  const { namespace, labels = {} } = metadata;
  const claims = (await hostport.ledger()).flatMap((block) => block.claims);
  const own = claims.filter(({ holder }) => holder.uid === metadata.uid);
  const { poolName, ports } = allocationOf(own);
  const given = ports.map(givenOf);
  const created = await client.create(
    PortAllocations,
    {
      apiVersion: API_VERSION,
      kind: 'PortAllocation',
      metadata: {
        namespace,
        name,
        labels:
          kind === 'RoleInstanceSet'
            ? { 'hostport.io/role': metadata.name, 'hostport.io/role-instance-set': metadata.name }
            : { ...labels, 'hostport.io/role-instance': metadata.name },
        ownerReferences: [ownerReferenceTo(object)],
        finalizers: [finalizers.release, finalizers.inUse],
      },
      spec: { ports: given.map(({ name: port, protocol }) => ({ name: port, protocol, count: 1 })) },
    },
    { signal },
  );
  await client.patch(
    PortAllocations,
    { namespace, name },
    { type: 'merge', body: { status: statusOf(created, poolName, given) }, subresource: 'status', signal },
  );
  const heir = { namespace, name, uid: created.metadata.uid };
  await rewrite(hostport, lineOf(object), `PortAllocation.hostport.io ${heir.namespace}/${heir.name} ${heir.uid}`);
}

function lineOf(object: RoleInstance | RoleInstanceSet): string {
  const { kind, namespace, name, uid } = holderOfRole(object);
  return `${roleHolder({ kind: kind as 'RoleInstance', namespace, name }, uid).key} ${uid}`;
}

function statusOf({ metadata, apiVersion, kind }: PortAllocation, poolName: string, ports: readonly GivenPort[]) {
  const { namespace, name, uid, creationTimestamp: lastTransitionTime } = metadata;
  const message = 'all ports have their numbers';
  const said = { type: 'Allocated', status: 'True', reason: 'Allocated', message, lastTransitionTime };
  return {
    poolName,
    ports,
    summary: summarize(ports),
    holder: { apiVersion, kind, namespace, name, uid },
    observedGeneration: 1,
    conditions: [{ ...said, observedGeneration: 1 }],
  };
}

/** In every block, sealed as a manager does it. */
async function rewrite({ client, signal }: RunningHostport, before: string, after: string): Promise<void> {
  const labelSelector = ledgerSelector;
  for (const block of (await client.list(ConfigMaps, { namespace: 'hostport-system', labelSelector, signal })).items) {
    const lines = Object.entries(block.data ?? {});
    const data = Object.fromEntries(lines.map(([number, text]) => [number, text.replaceAll(before, after)]));
    if (JSON.stringify(data) === JSON.stringify(block.data ?? {})) continue;
    const { annotations } = block.metadata;
    const metadata = { ...block.metadata, annotations: { ...annotations, 'hostport.io/seal': sealOf(data) } };
    await client.replace(ConfigMaps, { ...block, metadata, data }, { signal });
  }
}
