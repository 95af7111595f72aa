import type { GivenPort, PortAllocation } from '../../../src/api/index.ts';
import { conditionTypes } from '../../../src/api/index.ts';
import { findCondition } from '../../../src/kube/index.ts';
import type { Held, RunningHostport } from '../../support/hostport/hostport.ts';

/**
 * Where the books of one pool don't agree now: a living allocation that lacks numbers, or whose status says something
 * else than the ledger (lost), and an entry of the ledger whose holder isn't there (leaked). Nothing once all has settled.
 */
export async function discrepancies(hostport: RunningHostport, poolName: string): Promise<readonly string[]> {
  const allocations = (await hostport.objects.allocations()).filter(({ spec }) => spec.poolName === poolName);
  const claims = (await hostport.ledger()).flatMap((block) => block.claims).filter(({ pool }) => pool === poolName);
  const entries = claims.filter(({ state }) => state === 'held' || state === 'reserved');
  const byHolder = Map.groupBy(entries, ({ holder }) => holder.uid);
  const known = new Set(allocations.map(({ metadata }) => metadata.uid));
  const lost = allocations.flatMap((object) => {
    const stored = (byHolder.get(object.metadata.uid) ?? []).map(({ port, number }) => `${port}=${number}`);
    return lackOf(object, stored.sort().join(' '));
  });
  const leaked = entries
    .filter(({ holder }) => !known.has(holder.uid))
    .map(({ number, holder }) => `leaked: ${number}, held for ${holder.namespace}/${holder.name}, which is gone`);
  return [...lost, ...leaked];
}

/** The numbers of a status, one entry for each: `name=number`. */
export function entriesOf(ports: readonly GivenPort[]): readonly string[] {
  return ports.flatMap(({ name, port, endPort = port }) =>
    Array.from({ length: endPort - port + 1 }, (_, at) => `${name}=${port + at}`),
  );
}

/** Who holds what by the ledger, as text to compare: the number, the holder with its UID, the port. */
export function printHeld(held: readonly Held[]): readonly string[] {
  return held.map(({ domain, number, holder, uid, port }) => `${domain} ${number} ${holder} ${uid} ${port}`);
}

/** Allocations whose numbers were changed by anybody at any time, by what the recorder saw of their statuses. */
export function moved(hostport: RunningHostport): readonly string[] {
  const shown = new Map<string, string>();
  const moves = new Set<string>();
  for (const { change, object } of hostport.recorder.versions) {
    if (change === 'deleted' || object.kind !== 'PortAllocation') continue;
    const { status, metadata } = object as PortAllocation;
    if (status?.ports === undefined) continue;
    const now = entriesOf(status.ports).join(' ');
    const before = shown.get(metadata.uid);
    if (before !== undefined && before !== now) moves.add(`${metadata.name} had ${before} and then ${now}`);
    shown.set(metadata.uid, now);
  }
  return [...moves];
}

function lackOf({ metadata, spec, status }: PortAllocation, stored: string): readonly string[] {
  const name = `${metadata.namespace}/${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) return [`unfinished: ${name} is still being deleted`];
  const condition = findCondition(status?.conditions, conditionTypes.allocated);
  if (condition?.status !== 'True')
    return [`lost: ${name} has no numbers: ${condition?.message ?? 'nobody looked at it'}`];
  const shown = entriesOf(status?.ports ?? []).toSorted();
  const asked = spec.ports.reduce((sum, { count }) => sum + count, 0);
  if (shown.length !== asked) return [`lost: ${name} shows ${shown.length} of ${asked} numbers`];
  return shown.join(' ') === stored
    ? []
    : [`lost: ${name} shows ${shown.join(' ')}, the ledger has ${stored || 'nothing'}`];
}
