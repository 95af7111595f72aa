import { obtainControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../support/control-plane/control-plane.ts';

/** A node that nobody runs pods on, see {@link unhurriedPlane}. */
export const BARE_NODE = 'bare';

/**
 * A cluster of two fake nodes that stay ready however busy the machine is. Once a node was late, the controller manager
 * would call its pods unready, and kwok, unlike a kubelet, never says otherwise again. kwok looks after these two alone, so
 * that pods of further nodes do what tests want.
 */
export function unhurriedPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  return obtainControlPlane({
    nodes: 2,
    extraControllerManagerArgs: ['--node-monitor-grace-period=1h'],
    kwokArgs: ['--manage-all-nodes=false', '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake'],
    ...options,
  });
}
