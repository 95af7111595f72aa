import { startControlPlane } from '../../test/support/control-plane/control-plane.ts';
import { startHostport } from '../../test/support/hostport/hostport.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { BARE_CLUSTER } from '../cluster.ts';
import { profiled } from '../profile.ts';

/**
 * The installed program in a bare cluster with `nodes` that nothing runs on; its managers have
 * the rights of the shipped service account. `section` names their profiles. `owned` ends all of it.
 */
export async function installHostport(
  owned: AsyncDisposableStack,
  options: { readonly section: string; readonly nodes?: number; readonly managers: number },
): Promise<RunningHostport> {
  const { section, nodes = 0, managers } = options;
  const plane = owned.use(await startControlPlane({ ...BARE_CLUSTER, nodes }));
  return owned.use(await startHostport({ plane, managers, record: false, env: profiled(section) }));
}
