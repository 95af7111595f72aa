import { finalizers } from '../../../src/api/index.ts';
import type { PortAllocation } from '../../../src/api/index.ts';
import type { WantedAllocation, WantedPort } from '../../../src/roles/index.ts';

const BOTH: readonly string[] = [finalizers.release, finalizers.inUse];

/** The set that wants something in these tests. */
export const owner = {
  apiVersion: 'hostport.io/v1alpha1',
  kind: 'RoleInstanceSet',
  name: 'prefill',
  uid: 'uid-now',
  controller: true,
  blockOwnerDeletion: false,
};

/** What it wants: ports of these names. */
export function wanted(...names: readonly string[]): WantedAllocation {
  const labels = { 'hostport.io/role-instance-set': 'prefill' };
  return { namespace: 'default', name: 'prefill.role', owner, labels, ports: names.map((name) => port(name)) };
}

/** One port. */
export function port(name: string, more: Partial<WantedPort> = {}): WantedPort {
  return { name, protocol: 'TCP', count: 1, ...more };
}

/** What differs from an allocation of the set that is as it should be, with port `http`. */
export interface Differences {
  readonly ports?: readonly WantedPort[];
  /** The UID of the set that controls it; null: nobody does. */
  readonly uid?: string | null;
  /** Who controls it, if it isn't a set of that name. */
  readonly controller?: { readonly kind?: string; readonly name?: string };
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly isGoing?: boolean;
}

/** An allocation as it is found. */
export function allocation(differences: Differences = {}): PortAllocation {
  const { ports = [port('http')], uid = owner.uid, controller = {}, isGoing = false } = differences;
  return {
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'PortAllocation',
    metadata: {
      namespace: 'default',
      name: 'prefill.role',
      uid: 'uid-allocation',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: differences.labels ?? wanted().labels,
      finalizers: [...(differences.finalizers ?? BOTH)],
      ...(uid === null ? {} : { ownerReferences: [{ ...owner, ...controller, uid }] }),
      ...(isGoing ? { deletionTimestamp: '2026-01-01T01:00:00Z' } : {}),
    },
    spec: { ports: [...ports] },
  };
}
