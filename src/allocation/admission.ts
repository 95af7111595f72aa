import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { selectorMatches } from '../api/index.ts';
import { printRanges, rangesInclude, refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import type { Ask } from './ask.ts';
import { poolOn } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';

/** The facts of the cluster that decide whether a request may be served at all. */
export interface Surroundings {
  readonly pools: readonly KnownPool[];
  /** Labels of the namespace of the request; undefined if they aren't known. */
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
  readonly hasNode: (name: string) => boolean;
}

/** The pool that serves `ask`, or why none does. Decides by rules alone; whether there is room is decided later. */
export function admit(ask: Ask, surroundings: Surroundings): Result<KnownPool, Refusal> {
  const { pools, namespaceLabels, hasNode } = surroundings;
  const named = findPool(ask, pools);
  if (!named.ok) return named;
  const found = named.value;
  if (found.fault !== undefined) return err(refuse.poolNotReady(found.name, found.fault.message));
  const { selector } = found;
  if (selector !== undefined && !selectorMatches(selector, namespaceLabels)) {
    return err(refuse.namespaceNotAllowed(ask.holder.namespace, found.name, JSON.stringify(selector)));
  }
  const misplaced = checkNode(ask, found, hasNode) ?? checkBase(ask, found, pools);
  return misplaced === undefined ? ok(found) : err(misplaced);
}

/** The named pool; otherwise the one that contains the base port; otherwise the default pool. */
export function findPool(
  { poolName, basePort }: Pick<Ask, 'poolName' | 'basePort'>,
  pools: readonly KnownPool[],
): Result<KnownPool, Refusal> {
  const names = pools.map(({ name }) => name);
  if (poolName !== undefined) {
    const found = pools.find(({ name }) => name === poolName);
    return found === undefined ? err(refuse.poolNotFound(poolName, names)) : ok(found);
  }
  if (basePort !== undefined) {
    const having = poolsWith(basePort, pools).filter(({ scope }) => scope === 'Cluster');
    const found = having.find(({ isDefault }) => isDefault) ?? having[0];
    if (found === undefined) {
      const open = pools.filter(({ scope }) => scope === 'Cluster');
      const known = open.map(({ name, pool }) => `"${name}" (${printRanges(pool.usable)})`).join(', ');
      return err(refuse.baseOutsidePools(basePort, known));
    }
    return ok(found);
  }
  const found = pools.find((pool) => pool.isDefault);
  return found === undefined ? err(refuse.noDefaultPool(names)) : ok(found);
}

function checkBase({ basePort, nodeName }: Ask, known: KnownPool, pools: readonly KnownPool[]): Refusal | undefined {
  const { name, somewhere } = known;
  const numbers = nodeName === undefined ? somewhere : poolOn(known, nodeName).usable;
  if (basePort === undefined || rangesInclude(numbers, basePort)) return undefined;
  const others = poolsWith(basePort, pools).map((other) => other.name);
  return refuse.baseOutsidePool(basePort, name, printRanges(numbers), others);
}

function poolsWith(number: number, pools: readonly KnownPool[]): readonly KnownPool[] {
  return pools.filter(({ somewhere, fault }) => fault === undefined && rangesInclude(somewhere, number));
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
      `pool "${name}" has scope Node, where a number is held on one node: name a pool of scope Cluster, or set spec.nodeName of a PortAllocation`,
    );
  }
  if (nodeName !== undefined && !hasNode(nodeName)) {
    return refuse.invalid(`there is no node "${nodeName}": set spec.nodeName to a node that "kubectl get nodes" shows`);
  }
  return undefined;
}
