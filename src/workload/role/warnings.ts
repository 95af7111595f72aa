import type { RoleInstanceSet } from '../../api/index.ts';
import type { PodSpec } from '../../kube/index.ts';
import { portsOfComponent } from './component-ports.ts';

/** What a user should know about `set` that isn't wrong, each in a line of fewer than 120 characters. */
export function setWarnings({ spec }: RoleInstanceSet): readonly string[] {
  return spec.template.spec.components.flatMap((component) => {
    const config = portsOfComponent(component);
    const shares = config.ok && config.value.allocations.some(({ scope }) => scope === 'RoleScoped');
    const { hostNetwork } = component.template.spec as unknown as PodSpec;
    return shares && hostNetwork === true
      ? [`component "${component.name}": its RoleScoped host port is one for all its pods: a node can run only one`]
      : [];
  });
}
