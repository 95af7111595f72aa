import { roleLabels } from '../../api/index.ts';
import type { PortAllocatorEntry, RoleInstance } from '../../api/index.ts';
import type { Pod } from '../../kube/index.ts';
import { portNumber } from '../claimed.ts';
import { containersOf } from '../container-ports.ts';
import { portsOfComponent } from './component-ports.ts';
import { podName, podScopedPort, roleScopedPort } from './names.ts';

/** A number, or a block of consecutive ones, with which a pod of an instance was created. */
export interface AssignedNumber {
  /** The name of the port in the ledger. */
  readonly name: string;
  readonly scope: PortAllocatorEntry['scope'];
  readonly protocol: PortAllocatorEntry['protocol'];
  readonly count: number;
  readonly number: number;
}

/**
 * The numbers with which `pod` was created, by its variables, which nobody can change afterwards. `instance` controls
 * the pod. Only variables that the instance's template names count, and only if the pod has the name that belongs to
 * its labels.
 */
export function numbersAssignedTo(pod: Pod, instance: RoleInstance): readonly AssignedNumber[] {
  const { name, labels = {} } = pod.metadata;
  const component = instance.spec.components.find((each) => each.name === labels[roleLabels.component]);
  const index = Number(labels[roleLabels.componentIndex]);
  if (component === undefined || name !== podName(instance.metadata.name, component.name, index)) return [];
  const config = portsOfComponent(component);
  if (!config.ok) return [];
  const env = new Map(containersOf(pod)[0]?.env?.map((variable) => [variable.name, variable.value]));
  return config.value.allocations.flatMap(({ name: port, env: variable, scope, protocol, count }) => {
    const number = portNumber(env.get(variable));
    if (number === undefined) return [];
    const isShared = scope === 'RoleScoped';
    const called = isShared ? roleScopedPort(component.name, port) : podScopedPort(component.name, index, port);
    return [{ name: called, scope, protocol, count, number }];
  });
}
