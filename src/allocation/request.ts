import type { Result } from '../base/result.ts';
import { numberAt, poolSize } from '../core/index.ts';
import type { Pool, PortsRequest, Refusal } from '../core/index.ts';
import type { Ask } from './ask.ts';
import { poolOn } from './pool-rules.ts';
import type { KnownPool } from './pool-rules.ts';
import { partOf } from './pools.ts';

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
