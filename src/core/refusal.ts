import type { Claim } from './claim.ts';
import { holderKind } from './holder.ts';
import type { Holder } from './holder.ts';

/** Every reason for a refusal, with the HTTP code of the webhook's answer. Reasons are stable: scripts match them. */
export const refusalCodes = {
  InvalidRequest: 422,
  LedgerUnavailable: 503,
  NamespaceNotAllowed: 403,
  PoolExhausted: 503,
  PoolNotFound: 404,
  PoolNotReady: 503,
  PortHeld: 409,
  PortHeldBySelf: 409,
  PortOutsidePool: 422,
  QuotaExceeded: 403,
} as const;

/** The stable name of a refusal: in conditions, Events, answers of webhooks, log lines and metrics. */
export type RefusalReason = keyof typeof refusalCodes;

function isRefusalReason(text: string): text is RefusalReason {
  return text in refusalCodes;
}

/** Why a request can't be met, as a value. The message says what to do. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** How many numbers a message names. */
const MOST_NAMED = 16;

function refusal(reason: RefusalReason, message: string): Refusal {
  return { reason, message };
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

/** `PortAllocation.hostport.io game/match-7`, as a person finds it. */
export function printHolder(holder: Holder): string {
  return `${holderKind(holder)} ${holder.namespace === '' ? '' : `${holder.namespace}/`}${holder.name}`;
}

function printClaim(claim: Claim): string {
  if (claim.state === 'observed' && claim.holder.kind === 'Node') {
    return `is in use by a process of node "${claim.holder.name}", which listens on it`;
  }
  if (claim.state === 'observed') return `is used by ${printHolder(claim.holder)}, which took it without asking`;
  if (claim.state === 'unreadable') return 'has an entry in the ledger that nobody can read';
  const verb = claim.state === 'cooling' ? 'is cooling down after its release by' : 'is held by';
  return `${verb} ${printHolder(claim.holder)} (its port "${claim.port}")`;
}

/** The catalogue of refusals: one function for each. `docs/errors.md` describes them for users. */
export const refuse = {
  invalid: (message: string): Refusal => refusal('InvalidRequest', message),

  ledgerUnavailable: (cause: string): Refusal =>
    refusal('LedgerUnavailable', `the ledger can't be written: ${cause}; this is tried again by itself`),

  namespaceNotAllowed: (namespace: string, pool: string, selector: string): Refusal =>
    refusal(
      'NamespaceNotAllowed',
      `namespace "${namespace}" may not use pool "${pool}": label it to match the pool's namespaceSelector ${selector}, or name another pool`,
    ),

  namespaceNotLabelled: (namespace: string, pool: string, label: string): Refusal =>
    refusal(
      'NamespaceNotAllowed',
      `pool "${pool}" has scope Node, whose numbers are given when a pod is bound, and bindings in namespace "${namespace}" are not asked about: run "kubectl label namespace ${namespace} ${label}", or name a pool of scope Cluster`,
    ),

  noDefaultPool: (known: readonly string[]): Refusal =>
    refusal(
      'PoolNotFound',
      `no pool is named and none is the default: ${known.length > 0 ? `name one of ${list(known)} (spec.poolName; of a pod, annotation hostport.io/pool)` : 'create one'}, or annotate a PortPool with hostport.io/is-default-pool: "true"`,
    ),

  poolNotFound: (name: string, known: readonly string[]): Refusal =>
    refusal(
      'PoolNotFound',
      `there is no PortPool "${name}": ${known.length > 0 ? `name one of ${list(known)}` : 'create one'}`,
    ),

  poolNotReady: (name: string, why: string): Refusal =>
    refusal('PoolNotReady', `pool "${name}" hands nothing out: ${why}`),

  exhausted: (details: { pool: string; port: string; protocols: string; count: number; free: number }): Refusal => {
    const { pool, port, protocols, count, free } = details;
    const wanted = count === 1 ? `no free ${protocols} number` : `no ${count} consecutive free ${protocols} numbers`;
    return refusal(
      'PoolExhausted',
      `pool "${pool}" has ${wanted} for port "${port}" (${free} numbers are free): release some, widen spec.ranges, or name another pool; it is served as soon as there is room`,
    );
  },

  countBeyondPool: (details: { pool: string; port: string; count: number; longest: number }): Refusal =>
    refusal(
      'InvalidRequest',
      `port "${details.port}" asks for ${details.count} consecutive numbers, and pool "${details.pool}" has at most ${details.longest} in a row: write a count of at most ${details.longest}, or name another pool`,
    ),

  tooMany: (wanted: number, most: number): Refusal =>
    refusal(
      'InvalidRequest',
      `${wanted} numbers are asked for at once, and at most ${most} are given to one holder: write several PortAllocations, or smaller counts`,
    ),

  outsidePool: (number: number, pool: string, ranges: string, others: readonly string[]): Refusal =>
    refusal(
      'PortOutsidePool',
      `port ${number} is not in pool "${pool}" (${ranges === '' ? 'no usable numbers' : ranges}): ${
        others.length > 0 ? `pool ${list(others)} has it; name that one` : 'no pool has it; write a number of the pool'
      }, or leave the number out`,
    ),

  baseOutsidePools: (number: number, pools: string): Refusal =>
    refusal(
      'PortOutsidePool',
      `base port ${number} is in no pool: write a number of one of ${pools === '' ? 'none, there is no PortPool yet' : pools}, or leave it out`,
    ),

  baseOutsidePool: (number: number, pool: string, ranges: string, others: readonly string[]): Refusal =>
    refusal(
      'PortOutsidePool',
      `base port ${number} is not in pool "${pool}" (${ranges === '' ? 'no usable numbers' : ranges}): ${
        others.length > 0 ? `pool ${list(others)} has it; name that one, or` : ''
      } write a base port of the pool`,
    ),

  held: (wanted: { number: number; port: string }, by: Claim): Refusal =>
    refusal(
      'PortHeld',
      `port ${wanted.number} for "${wanted.port}" ${printClaim(by)}: write another number, or leave the number out to get a free one`,
    ),

  crowded: (wanted: { number: number; port: string }, claims: number): Refusal =>
    refusal(
      'PortHeld',
      `port ${wanted.number} for "${wanted.port}" is held on ${claims} addresses already, and on more it can't be: write another number, or one port without hostIP, which is on all addresses`,
    ),

  nameTaken: (name: string): Refusal =>
    refusal(
      'PortHeld',
      `pod "${name}" has ports already, and is there, as far as the API server can say: delete it first, or write another name`,
    ),

  inUse: (name: string, port: string, pod: string): Refusal =>
    refusal(
      'PortHeld',
      `PortAllocation "${name}" is used by pod "${pod}", and port "${port}" can't be changed under it: delete the pod, or add ports only; the edit is made when the pod is gone`,
    ),

  /** @param reason why it has none, if that is a reason of this catalogue */
  notAllocated: (name: string, reason = '', why = 'it was not looked at yet'): Refusal =>
    refusal(isRefusalReason(reason) ? reason : 'PoolNotReady', `PortAllocation "${name}" has no numbers yet: ${why}`),

  noAllocation: (name: string, namespace: string): Refusal =>
    refusal(
      'InvalidRequest',
      `hostport.io/allocation: there is no PortAllocation "${name}" in namespace "${namespace}": create it, or write another name`,
    ),

  allocationGoing: (name: string): Refusal =>
    refusal('InvalidRequest', `hostport.io/allocation: PortAllocation "${name}" is being deleted: create another one`),

  lentOnNode: (allocation: string, node: string): Refusal =>
    refusal(
      'InvalidRequest',
      `hostport.io/allocation: the numbers of PortAllocation "${allocation}" are of node "${node}", and the pod may come to another: write the nodeSelector kubernetes.io/hostname: ${node}`,
    ),

  lent: (name: string, pod: string): Refusal =>
    refusal(
      'PortHeld',
      `PortAllocation "${name}" is used by pod "${pod}": delete that pod, or create an allocation for each pod`,
    ),

  heldBySelf: (wanted: { number: number; port: string }, own: string): Refusal =>
    refusal(
      'PortHeldBySelf',
      `port ${wanted.number} for "${wanted.port}" is already taken by port "${own}" of the same request, on an overlapping protocol and address: write different numbers, protocols or addresses`,
    ),

  quotaExceeded: (details: {
    namespace: string;
    pool: string;
    limit: number;
    used: number;
    wanted: number;
  }): Refusal => {
    const { namespace, pool, limit, used, wanted } = details;
    return refusal(
      'QuotaExceeded',
      `namespace "${namespace}" holds ${used} of the ${limit} numbers that it may hold in pool "${pool}", and asks for ${wanted} more: release some, ask for fewer, or raise the pool's maxPortsPerNamespace`,
    );
  },

  beyondQuota: (numbers: readonly number[], namespace: string, pool: string): Refusal =>
    refusal(
      'QuotaExceeded',
      `numbers ${numbers.slice(0, MOST_NAMED).join(', ')}${numbers.length > MOST_NAMED ? `, … (${numbers.length})` : ''} are not held for it, and may be given to others, because namespace "${namespace}" has as many of pool "${pool}" as it may: release some, or raise the pool's maxPortsPerNamespace`,
    ),

  tooManyUnconfirmed: (details: { namespace: string; pool: string; limit: number; unconfirmed: number }): Refusal => {
    const { namespace, pool, limit, unconfirmed } = details;
    return refusal(
      'QuotaExceeded',
      `namespace "${namespace}" would have ${unconfirmed} numbers of pool "${pool}" reserved for pods that aren't there yet, and ${limit} is the most: this ends by itself, as these pods come or their reservations run out; create fewer at once, or find out why their creation fails`,
    );
  },
};
