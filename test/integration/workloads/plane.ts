import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../support/control-plane/control-plane.ts';

/** A node that nobody runs pods on, see {@link unhurriedPlane}. */
export const BARE_NODE = 'bare';

/**
 * A cluster of two fake nodes. kwok looks after these two alone, so that pods of further nodes do what tests want.
 */
export function unhurriedPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  return obtainControlPlane({
    nodes: 2,
    kwokArgs: ['--manage-all-nodes=false', '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake'],
    ...options,
  });
}
