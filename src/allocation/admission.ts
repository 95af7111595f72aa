import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { selectorMatches } from '../api/index.ts';
import { numberAt, poolSize, printRanges, rangesInclude, refuse } from '../core/index.ts';
import type { Pool, PortsRequest, Refusal } from '../core/index.ts';
import type { Ask } from './ask.ts';
import { poolOn } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';
import { partOf } from './pools.ts';

/** The facts of the cluster that decide whether a request may be served at all. */
interface Surroundings {
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

/**
 * The pool to plan with: the part of the admitted pool that the ask allows. For an ask that isn't admitted it is a pool
 * without numbers: such a holder keeps the numbers that it has, and gets no new ones.
 */
export function poolFor(ask: Ask, admitted: Result<KnownPool, Refusal>, defaultName: () => string | undefined): Pool {
  if (admitted.ok) return partOf(poolOn(admitted.value, ask.nodeName), ask.basePort);
  return { name: ask.poolName ?? defaultName() ?? '', usable: [], strategy: 'Sequential', cooldown: 0 };
}

/**
 * `ask` in the planner's terms.
 * @param gone UIDs of earlier objects of the holder's name that are certainly gone
 */
export function requestOf(
  ask: Ask,
  pool: Pool,
  gone: ReadonlySet<string>,
  { poolsWith, poolOf }: Pick<PortsRequest, 'poolsWith' | 'poolOf'>,
): PortsRequest {
  const { holder, ports, strategy, until, rest, indifferent } = ask;
  const start = startOf(ask, pool);
  return {
    holder,
    pool,
    ports,
    gone,
    poolsWith,
    ...(poolOf === undefined ? {} : { poolOf }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(start === undefined ? {} : { start }),
    ...(indifferent === undefined ? {} : { indifferent }),
    ...(until === undefined ? {} : { until }),
    ...(rest === undefined ? {} : { keepsRest: true as const }),
  };
}

/** The number at which the choice for an ordinal begins: behind as many of the pool's numbers as the ordinals before need. */
function startOf({ ordinal, ports }: Ask, pool: Pool): number | undefined {
  const size = poolSize(pool);
  if (ordinal === undefined || size === 0) return undefined;
  const needed = ports.reduce((sum, { number, count }) => (number === undefined ? sum + count : sum), 0);
  return numberAt(pool.usable, (ordinal * needed) % size);
}
