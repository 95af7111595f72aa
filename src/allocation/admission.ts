import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { selectorMatches } from '../api/index.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Ask } from './ask.ts';
import type { KnownPool } from './pool-rules.ts';

/** What of the cluster decides whether an ask may be served at all. */
export interface Surroundings {
  readonly pools: readonly KnownPool[];
  /** Labels of the asker's namespace; undefined when it isn't known. */
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
  readonly hasNode: (name: string) => boolean;
}

/** The pool that serves `ask`, or why none does. Decides by rules alone: whether there is room is seen later. */
export function admit(ask: Ask, surroundings: Surroundings): Result<KnownPool, Refusal> {
  const { pools, namespaceLabels, hasNode } = surroundings;
  const names = pools.map(({ name }) => name);
  const found =
    ask.poolName === undefined ? pools.find((pool) => pool.isDefault) : pools.find(({ name }) => name === ask.poolName);
  if (found === undefined) {
    return err(ask.poolName === undefined ? refuse.noDefaultPool(names) : refuse.poolNotFound(ask.poolName, names));
  }
  if (found.fault !== undefined) return err(refuse.poolNotReady(found.name, found.fault.message));
  const { selector } = found;
  if (selector !== undefined && !selectorMatches(selector, namespaceLabels)) {
    return err(refuse.namespaceNotAllowed(ask.holder.namespace, found.name, JSON.stringify(selector)));
  }
  const misplaced = checkNode(ask, found, hasNode);
  return misplaced === undefined ? ok(found) : err(misplaced);
}

function checkNode(
  { nodeName }: Ask,
  { name, scope }: KnownPool,
  hasNode: (name: string) => boolean,
): Refusal | undefined {
  if (scope === 'Cluster' && nodeName !== undefined) {
    return refuse.invalid(
      `pool "${name}" has scope Cluster, where a number is held on all nodes: leave spec.nodeName out, or name a pool of scope Node`,
    );
  }
  if (scope === 'Node' && nodeName === undefined) {
    return refuse.invalid(
      `pool "${name}" has scope Node, where a number is held on one node: set spec.nodeName, or name a pool of scope Cluster`,
    );
  }
  if (nodeName !== undefined && !hasNode(nodeName)) {
    return refuse.invalid(`there is no node "${nodeName}": set spec.nodeName to a node that "kubectl get nodes" shows`);
  }
  return undefined;
}
