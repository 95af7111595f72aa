import { annotations, conditionTypes, parsePortAllocation } from '../api/index.ts';
import type { GivenPort, PortAllocation } from '../api/index.ts';
import { pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal } from '../core/index.ts';
import { findCondition, isApiError } from '../kube/index.ts';
import type { ClusterClient } from '../kube/index.ts';
import { portOf } from './ask.ts';
import { PortAllocations } from './kinds.ts';

/** Who asks for the numbers of a PortAllocation: a pod that is being created. */
export interface Borrower {
  readonly namespace: string;
  readonly pod: string;
  readonly token: string;
  /** The node that the pod can come to, where it can come to one alone. */
  readonly nodeName: string | undefined;
}

/** What {@link Loans} is made of. */
export interface LoansParts {
  readonly client: ClusterClient;
  readonly clock: Clock;
  /** How long a pod that was let in may stay unseen, in milliseconds. */
  readonly lifeMs: number;
  /** Names of the pods that are seen to use an allocation. */
  readonly usersOf: (namespace: string, allocation: string) => readonly string[];
}

/** After so many tries whoever asks has to come again: nobody serves the allocation, or everybody changes it. */
const TRIES = 15;
/** Between two looks at an allocation that nobody has served yet, in milliseconds. */
const LOOK_AGAIN_MS = 200;

/**
 * Lends the numbers of users' PortAllocations to pods, each to one at a time. Who was let in and isn't seen yet stands
 * in an annotation of the allocation, written on the version that was read: so any number of managers may lend at once.
 */
export class Loans {
  readonly #parts: LoansParts;
  /** Tokens of pods that were seen to end, the oldest first, and when their notes are void anyway. */
  readonly #returned = new Map<string, number>();

  constructor(parts: LoansParts) {
    this.#parts = parts;
  }

  /** The numbers of allocation `name` for `borrower`, by port name. With `dryRun` nothing is noted. */
  async lend(
    name: string,
    borrower: Borrower,
    dryRun: boolean,
    signal: AbortSignal,
  ): Promise<Result<readonly GivenPort[], Refusal>> {
    const { client, clock } = this.#parts;
    const key = { namespace: borrower.namespace, name };
    for (let tries = 0; tries < TRIES; tries++) {
      const found = await client.find(PortAllocations, key, { signal });
      const given = this.#judge(name, found, borrower);
      if (isNew(found)) {
        // Applied together with its pod, it is served within moments; controllers wait far longer before they try again.
        await pause(clock, LOOK_AGAIN_MS, signal);
        continue;
      }
      if (!given.ok || dryRun || found === undefined) return given;
      if (await this.#note(found, borrower, signal)) return given;
    }
    return err(refuse.notAllocated(name));
  }

  /** The pod that was let in with `token` was seen, and uses nothing any longer: a note of it is void. */
  returned(token: string): void {
    const now = this.#parts.clock.monotonic();
    this.#returned.delete(token);
    for (const [old, until] of this.#returned) {
      if (until > now) break;
      this.#returned.delete(old);
    }
    this.#returned.set(token, now + this.#parts.lifeMs);
  }

  /** Which pod `allocation` is lent to without being seen yet; undefined when to none, or for too long. */
  borrowerOf({
    metadata,
  }: Pick<PortAllocation, 'metadata'>): { readonly pod: string; readonly token: string } | undefined {
    const [pod = '', token = '', until = ''] = metadata.annotations?.[annotations.lentTo]?.split(' ') ?? [];
    const isOver = this.#returned.has(token) || !(Date.parse(until) > this.#parts.clock.now());
    return isOver ? undefined : { pod, token };
  }

  /** The pod that uses the numbers of `allocation`, or may be about to; undefined when none does. */
  userOf({ metadata }: Pick<PortAllocation, 'metadata'>): string | undefined {
    const { namespace, name } = metadata;
    return this.#parts.usersOf(namespace, name)[0] ?? this.borrowerOf({ metadata })?.pod;
  }

  /** Why `allocation` can't be served as it is written now: a pod uses numbers that it no longer asks for. */
  objection(allocation: PortAllocation): Refusal | undefined {
    const { metadata, spec, status } = allocation;
    const taken = (status?.ports ?? []).find((given) => !spec.ports.some((port) => asksFor(port, given)));
    const user = taken === undefined ? undefined : this.userOf(allocation);
    return taken === undefined || user === undefined ? undefined : refuse.inUse(metadata.name, taken.name, user);
  }

  #judge(name: string, found: PortAllocation | undefined, borrower: Borrower): Result<readonly GivenPort[], Refusal> {
    const parsed = found === undefined ? undefined : parsePortAllocation(found);
    if (parsed?.ok !== true || parsed.value.spec.recordOf !== undefined) {
      return err(refuse.noAllocation(name, borrower.namespace));
    }
    const { metadata, status } = parsed.value;
    const misfit = misplaced(parsed.value, borrower);
    if (misfit !== undefined) return err(misfit);
    if (metadata.deletionTimestamp !== undefined) return err(refuse.allocationGoing(name));
    const other = this.#otherUserOf(parsed.value, borrower);
    if (other !== undefined) return err(refuse.lent(name, other));
    if (status?.ports !== undefined) return ok(status.ports);
    const condition = findCondition(status?.conditions, conditionTypes.allocated);
    return err(refuse.notAllocated(name, condition?.reason, condition?.message));
  }

  #otherUserOf(allocation: PortAllocation, { namespace, pod }: Borrower): string | undefined {
    const user = this.#parts.usersOf(namespace, allocation.metadata.name).find((each) => each !== pod);
    const lent = this.borrowerOf(allocation)?.pod;
    return user ?? (lent === pod ? undefined : lent);
  }

  async #note({ metadata }: PortAllocation, borrower: Borrower, signal: AbortSignal): Promise<boolean> {
    const { client, clock, lifeMs } = this.#parts;
    const { namespace, name, resourceVersion } = metadata;
    const until = new Date(clock.now() + lifeMs).toISOString();
    const note = { [annotations.lentTo]: `${borrower.pod} ${borrower.token} ${until}` };
    const body = { metadata: { resourceVersion, annotations: note } };
    try {
      await client.patch(PortAllocations, { namespace, name }, { type: 'merge', conditional: true, body, signal });
      return true;
    } catch (error) {
      if (isApiError(error, 'conflict', 'notFound')) return false;
      throw error;
    }
  }
}

/** Numbers of one node are of no use on another. */
function misplaced({ metadata, spec }: PortAllocation, { nodeName }: Borrower): Refusal | undefined {
  return spec.nodeName === undefined || spec.nodeName === nodeName
    ? undefined
    : refuse.lentOnNode(metadata.name, spec.nodeName);
}

/** Whether nobody has looked at the allocation yet. */
function isNew(allocation: PortAllocation | undefined): boolean {
  if (allocation === undefined || allocation.spec.recordOf !== undefined) return false;
  return allocation.metadata.deletionTimestamp === undefined && allocation.status?.conditions === undefined;
}

/** Whether `port` still asks for just what was `given` under its name. */
function asksFor(port: PortAllocation['spec']['ports'][number], given: GivenPort): boolean {
  const count = (given.endPort ?? given.port) - given.port + 1;
  const isSame = port.name === given.name && port.protocol === given.protocol && port.count === count;
  return (
    isSame && (port.port ?? given.port) === given.port && portOf(port).address === portOf({ ...given, count }).address
  );
}
