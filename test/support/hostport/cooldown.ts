import { conflicts } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import type { KubeObject } from '../../../src/kube/index.ts';
import { readBlock } from './ledger.ts';

/** Claims of a version of a ledger block that took a number which, by the version before, still cooled for another. */
export function earlyReuse(before: KubeObject | undefined, after: KubeObject): readonly string[] {
  if (before === undefined || after.kind !== 'ConfigMap') return [];
  const old = claimsOf(before);
  const cooling = old.filter(({ state }) => state === 'cooling');
  if (cooling.length === 0) return [];
  const taken = claimsOf(after).filter(
    (claim) => isTaken(claim) && !old.some((other) => isTaken(other) && isSame(claim, other)),
  );
  return taken.flatMap((claim) => {
    const kept = cooling.find((other) => other.number === claim.number && keepsAway(other, claim));
    if (kept === undefined) return [];
    return `${claim.number} went to ${claim.holder.key} while it cooled for ${kept.holder.key} until ${timeOf(kept)}`;
  });
}

function claimsOf(object: KubeObject): readonly Claim[] {
  return readBlock(object)?.claims ?? [];
}

function isTaken({ state }: Claim): boolean {
  return state === 'held' || state === 'reserved';
}

function isSame(left: Claim, right: Claim): boolean {
  return left.number === right.number && left.holder.uid === right.holder.uid && left.port === right.port;
}

/** What is held says since when, in whole seconds: only an earlier second proves anything. */
function keepsAway(cooling: Claim, claim: Claim): boolean {
  const isEarly = claim.state === 'held' && claim.time < cooling.time;
  return isEarly && cooling.holder.key !== claim.holder.key && conflicts(cooling, claim);
}

function timeOf({ time }: Claim): string {
  return new Date(time * 1000).toISOString();
}
