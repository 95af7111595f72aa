import type { RoleInstance } from '../../api/index.ts';
import type { Draft, Pod } from '../../kube/index.ts';
import { podRevision } from '../../roles/index.ts';
import { numbersOfPod, podFor, podName, resolveReferences, roleOf } from '../../workload/role/index.ts';
import type { ComponentPorts, ReferredNumbers, RoleLookup, RoleNumbers } from '../../workload/role/index.ts';
import type { DesiredPod } from './pods.ts';

/** What the pods of an instance are made of. */
export interface DesireSituation {
  readonly instance: RoleInstance;
  readonly components: readonly ComponentPorts[];
  readonly numbers: RoleNumbers;
  /** What is known of other roles. */
  readonly lookup: RoleLookup;
}

/** A pod that an instance is to have, and how it is made as soon as its numbers are there. */
export interface DesiredDraft extends DesiredPod {
  /** @param marks labels to know it by */
  readonly draft: (marks: Readonly<Record<string, string>>) => Draft<Pod>;
}

/** The pods that an instance is to have, and what keeps some of them from being made. */
export interface Desire {
  readonly pods: readonly DesiredDraft[];
  /** A reference that comes to nothing unless somebody writes something else, or to nothing yet. */
  readonly reference: Exclude<ReferredNumbers, { readonly kind: 'numbers' }> | undefined;
}

/** Works out the pods of an instance. */
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
