import type { Bitmap } from './bitmap.ts';
import type { Domain } from './domain.ts';
import type { FreeSpace } from './free-space.ts';
import { protocolName } from './port.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { PlanContext, PortRequest, PortsRequest } from './request.ts';
import { strategies } from './strategy/index.ts';

/**
 * The number for `port`: one that nobody holds on any protocol; only when there is none, one that is free for the
 * protocol and address asked, on which the holder itself has nothing; else a refusal.
 */
export function choose(
  domain: Domain,
  request: PortsRequest,
  port: PortRequest,
  context: PlanContext,
): number | Refusal {
  const space = domain.space(request.pool);
  const asker: Asker = { space, request, port, context };
  const untouched = pick(space.untouched, asker);
  if (untouched >= 0) return untouched;
  const fitting = space.fitting(port);
  const own = domain
    .claimsOf(request.holder.key)
    .map((claim) => claim.number - space.origin)
    .filter((at) => fitting.has(at));
  for (const at of own) fitting.delete(at);
  const shared = pick(fitting, asker);
  const free = fitting.size;
  for (const at of own) fitting.add(at);
  return shared >= 0 ? shared : refuseFor(request, port, free);
}

interface Asker {
  readonly space: FreeSpace;
  readonly request: PortsRequest;
  readonly port: PortRequest;
  readonly context: PlanContext;
}

function pick(free: Bitmap, { space, request, port, context }: Asker): number {
  const { pool, holder, strategy = pool.strategy, start = 0 } = request;
  let company = context.companies.get(pool.name);
  if (company === undefined) context.companies.set(pool.name, (company = {}));
  const at = strategies[strategy].choose({
    free,
    count: port.count,
    start: Math.max(0, start - space.origin),
    pool: pool.name,
    holder,
    port: port.name,
    random: context.random,
    company,
  });
  return at < 0 ? -1 : at + space.origin;
}

function refuseFor({ pool }: PortsRequest, port: PortRequest, free: number): Refusal {
  const longest = pool.usable.reduce((most, { first, last }) => Math.max(most, last - first + 1), 0);
  const details = { pool: pool.name, port: port.name, count: port.count };
  if (longest > 0 && port.count > longest) return refuse.countBeyondPool({ ...details, longest });
  return refuse.exhausted({ ...details, protocols: protocolName(port.protocols), free });
}
