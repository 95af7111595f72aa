import type { RoleInstance } from '../../api/index.ts';
import type { Draft, Pod } from '../../kube/index.ts';
import { podRevision } from '../../roles/index.ts';
import { numbersOfPod, podFor, podName, resolveReferences, roleOf } from '../../workload/role/index.ts';
import type { ComponentPorts, ReferredNumbers, RoleLookup, RoleNumbers } from '../../workload/role/index.ts';
import type { DesiredPod } from './pods.ts';

/** The facts that the pods of an instance are made of. */
export interface DesireSituation {
  readonly instance: RoleInstance;
  readonly components: readonly ComponentPorts[];
  readonly numbers: RoleNumbers;
  /** Finds the numbers of the roles that the instance refers to. */
  readonly lookup: RoleLookup;
}

/** A pod that an instance is to have, with a function that makes it. */
export interface DesiredDraft extends DesiredPod {
  /** Makes the pod to create. @param marks further labels */
  readonly draft: (marks: Readonly<Record<string, string>>) => Draft<Pod>;
}

/** The pods that an instance is to have, and the reference that keeps some of them from being created. */
export interface Desire {
  readonly pods: readonly DesiredDraft[];
  /** A reference that can't be resolved: because it is wrong, or because the referred role has no numbers yet. */
  readonly reference: Exclude<ReferredNumbers, { readonly kind: 'numbers' }> | undefined;
}

/** Works out the pods of an instance. Pure. */
export function desirePods({ instance, components, numbers, lookup }: DesireSituation): Desire {
  const referrer = { role: roleOf(instance), components, numbers };
  const pods: DesiredDraft[] = [];
  const open: Exclude<ReferredNumbers, { readonly kind: 'numbers' }>[] = [];
  for (const ports of components) {
    const { component } = ports;
    const referred = resolveReferences(ports, referrer, lookup);
    if (referred.kind !== 'numbers') open.push(referred);
    const revision = podRevision(component);
    for (let index = 0; index < component.size; index++) {
      const given = numbersOfPod(ports, index, numbers);
      const isComplete = given !== undefined && referred.kind === 'numbers';
      pods.push({
        name: podName(instance.metadata.name, component.name, index),
        component: component.name,
        index,
        revision,
        hasNumbers: isComplete,
        draft: (marks) => {
          const parts = { ports, index, given: given ?? new Map(), marks };
          return podFor(instance, { ...parts, referred: referred.kind === 'numbers' ? referred.numbers : new Map() });
        },
      });
    }
  }
  return { pods, reference: open.find(({ kind }) => kind === 'fault') ?? open[0] };
}
