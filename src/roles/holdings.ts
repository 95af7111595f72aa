import { LARGEST_REQUEST, conditionTypes } from '../api/index.ts';
import type { GivenPort, PortRequest, RoleInstance, RoleInstanceSet } from '../api/index.ts';
import { allocationOf, givenOf, holderOfRole, portOf, roleHolder } from '../allocation/index.ts';
import type { Allocator, Ask, Takeover, Liveness, RoleName, PendingRequests } from '../allocation/index.ts';
import { NO_POOL, refuse } from '../core/index.ts';
import type { Claim, Holder, Refusal } from '../core/index.ts';
import { isConditionTrue, keyOf } from '../kube/index.ts';
import type { FormerAllocations } from './former-allocations.ts';

/** The numbers of a role, by the names of its ports. */
export type Numbers = ReadonlyMap<string, GivenPort>;

/** The ports that a set or an instance is to hold. */
interface Wanted {
  readonly object: RoleInstance | RoleInstanceSet;
  readonly ports: readonly PortRequest[];
  /** Whether a pod may still use a port that isn't wanted any longer: then no port is given up. */
  readonly mayUseMore: () => Promise<boolean>;
  /** Has the object reconciled again. */
  readonly wake: () => void;
}

/** The ports that a set or an instance holds. */
export interface Held {
  /** The numbers of the wanted ports that are held. */
  readonly numbers: Numbers;
  /** Why wanted ports have no numbers; undefined when all have them. */
  readonly lacking: Refusal | undefined;
  /** Whether the object still has ports that it doesn't want any longer, held or in doubt. */
  readonly hasMore: boolean;
  /** Whether some of the ports that aren't wanted are still held, because pods may use them. */
  readonly keepsMore: boolean;
}

/** The parts that {@link Holdings} works with. */
interface HoldingsParts {
  readonly allocator: Pick<Allocator, 'claimsUnder' | 'reserve' | 'release'>;
  readonly takeover: Pick<Takeover, 'passOn'>;
  readonly waiting: Pick<PendingRequests, 'wait' | 'leave'>;
  readonly liveness: Pick<Liveness, 'isGone' | 'isThere'>;
  readonly former: Pick<FormerAllocations, 'takeOver' | 'narrow'>;
  /** Called with a set or an instance each time that all of its wanted ports are held. */
  readonly onHeld: (object: RoleInstance | RoleInstanceSet) => void;
}

const NOTHING: Held = { numbers: new Map(), lacking: undefined, hasMore: false, keepsMore: false };

/** Two objects of one name have numbers, and one of them is gone: the next reconcile finds out which. */
const OVERTAKEN = refuse.ledgerUnavailable(
  'another object of the same name has these numbers, as far as it can be seen',
);

/**
 * Holds the numbers of sets and instances in the ledger, with the set or the instance as the holder (ADR 24). A number that is
 * answered is durable, is held for the object's UID, and stays the same for as long as its port is wanted.
 */
export class Holdings {
  readonly #parts: HoldingsParts;
  /** By UID, the ports that were answered since this manager became the leader: these are sure without another write. */
  readonly #answered = new Map<string, string>();

  constructor(parts: HoldingsParts) {
    this.#parts = parts;
  }

  /**
   * Makes the object hold the ports that it wants, or lets it wait for them. Ports that it has and doesn't want are given up in
   * two steps: first they are in doubt, and a sweep releases them later.
   */
  async keep(wanted: Wanted, signal: AbortSignal): Promise<Held> {
    const { object, ports } = wanted;
    const holder = holderOfRole(object);
    const known = this.#parts.allocator.claimsUnder(holder.key);
    if (ports.length === 0 && known.length === 0) {
      this.#stopWaiting(object);
      return NOTHING;
    }
    const fault = faultIn(ports);
    if (fault !== undefined) return { ...this.#heldBy(holder, ports), lacking: fault };
    if (!(await this.#inherit(holder, known, signal))) return { ...this.#heldBy(holder, ports), lacking: OVERTAKEN };
    await this.#parts.former.takeOver(holder, { ...wanted, ports: this.#openIn(wanted, holder) }, signal);
    const ask = await this.#askOf(wanted, holder);
    const answer = await this.#parts.allocator.reserve(ask, signal);
    if (answer.ok) {
      this.#stopWaiting(object);
      this.#answered.set(holder.uid, textOf(ports));
      const numbers = new Map(answer.value.ports.map((port) => [port.name, givenOf(port)]));
      await this.#parts.former.narrow(wanted, portsOf(this.#own(holder)), signal);
      this.#parts.onHeld(object);
      return { ...this.#heldBy(holder, ports), numbers, lacking: undefined };
    }
    this.#wait(wanted, ask, answer.error);
    return { ...this.#heldBy(holder, ports), lacking: answer.error };
  }

  /** The numbers that the ledger has for the object with `uid`, or, without a UID, for any object of the name. */
  numbersOf(name: RoleName, uid?: string): Numbers {
    const claims = this.#parts.allocator.claimsUnder(roleHolder(name, '').key);
    return numbersIn(claims.filter(({ holder }) => uid === undefined || holder.uid === uid));
  }

  /** Releases all numbers of the object with `uid`. The caller has made sure that no pod of it is left. */
  async release(name: RoleName, uid: string, signal: AbortSignal): Promise<void> {
    this.#parts.waiting.leave(waitingKey(name.kind, `${name.namespace}/${name.name}`));
    this.#answered.delete(uid);
    await this.#parts.allocator.release(roleHolder(name, uid), signal, { wasThere: true });
  }

  /**
   * Releases the numbers of objects of this name that are gone, as far as none of their pods is left.
   * @returns whether an object of the name still has numbers
   */
  async releaseGone(name: RoleName, signal: AbortSignal): Promise<boolean> {
    this.#parts.waiting.leave(waitingKey(name.kind, `${name.namespace}/${name.name}`));
    const claims = this.#parts.allocator.claimsUnder(roleHolder(name, '').key);
    let isLeft = false;
    for (const { holder } of new Map(claims.map((claim) => [claim.holder.uid, claim])).values()) {
      if (await this.#parts.liveness.isGone(holder, signal)) await this.release(name, holder.uid, signal);
      else isLeft = true;
    }
    return isLeft;
  }

  /** Takes over the numbers of earlier objects of the name. @returns false when it isn't sure that those are gone */
  async #inherit(holder: Holder, known: readonly Claim[], signal: AbortSignal): Promise<boolean> {
    const others = new Set(known.filter(({ holder: by }) => by.uid !== holder.uid).map(({ holder: by }) => by.uid));
    if (others.size === 0) return true;
    if (!(await this.#parts.liveness.isThere(holder, signal))) return false;
    await this.#parts.takeover.passOn(others, holder, signal);
    return true;
  }

  async #askOf({ object, ports, mayUseMore }: Wanted, holder: Holder): Promise<Ask> {
    const own = this.#own(holder);
    const names = new Set(ports.map(({ name }) => name));
    const drops = own.some(({ port }) => !names.has(port));
    const poolName = object.spec.poolName ?? own.find(({ pool }) => pool !== NO_POOL)?.pool;
    return {
      holder,
      ...(poolName === undefined ? {} : { poolName }),
      ports: ports.map(portOf),
      rest: drops && (await mayUseMore()) ? 'kept' : 'doubted',
      ...(isSettled(object) || this.#answered.get(holder.uid) === textOf(ports) ? {} : { surely: true }),
    };
  }

  #wait({ object, wake }: Wanted, ask: Ask, { reason }: Refusal): void {
    // No release helps here, and nothing announces that the ledger can be written again.
    if (reason === 'LedgerUnavailable') return;
    const since = `${object.metadata.creationTimestamp} ${keyOf(object)}`;
    this.#parts.waiting.wait(waitingKey(object.kind, keyOf(object)), { ask, reason, since, wake });
  }

  #stopWaiting(object: RoleInstance | RoleInstanceSet): void {
    this.#parts.waiting.leave(waitingKey(object.kind, keyOf(object)));
  }

  #own(holder: Holder): readonly Claim[] {
    return this.#parts.allocator.claimsUnder(holder.key).filter(({ holder: by }) => by.uid === holder.uid);
  }

  /** The wanted ports that haven't all of their numbers: taking over those of an earlier version may take several writes. */
  #openIn({ ports }: Wanted, holder: Holder): readonly PortRequest[] {
    const known = Map.groupBy(this.#own(holder), ({ port }) => port);
    return ports.filter(({ name, count }) => (known.get(name)?.length ?? 0) < count);
  }

  #heldBy(holder: Holder, ports: readonly PortRequest[]): Omit<Held, 'lacking'> {
    const own = this.#own(holder);
    const wanted = new Map(ports.map((port) => [port.name, port]));
    const numbers = [...numbersIn(own)].filter(([name, given]) => fits(given, wanted.get(name)));
    const more = own.filter(({ port }) => !wanted.has(port));
    const keepsMore = more.some(({ state }) => state === 'held');
    return { numbers: new Map(numbers), hasMore: more.length > 0, keepsMore };
  }
}

/** Whether the object's status says that it has the ports of its current spec: then the claims in memory are believed. */
function isSettled({ metadata, status }: Wanted['object']): boolean {
  const isSeen = status?.observedGeneration === metadata.generation;
  return isSeen && isConditionTrue(status.conditions, conditionTypes.allocated);
}

/** The numbers of the claims that are held. Claims that are in doubt don't count: they may be released at any moment. */
function numbersIn(claims: readonly Claim[]): Numbers {
  const held = claims.filter(({ state }) => state === 'held');
  return new Map(allocationOf(held).ports.map((port) => [port.name, givenOf(port)]));
}

function fits({ protocol, port, endPort = port }: GivenPort, wanted: PortRequest | undefined): boolean {
  return wanted !== undefined && protocol === wanted.protocol && endPort - port + 1 === wanted.count;
}

function textOf(ports: readonly PortRequest[]): string {
  return ports.map(({ name, protocol, count }) => `${name}/${protocol}/${count}`).join(' ');
}

function portsOf(claims: readonly Claim[]): ReadonlySet<string> {
  return new Set(claims.map(({ port }) => port));
}

/** Why `ports` can't be asked for; undefined when they can. The webhook refuses such sets; it isn't asked about instances. */
function faultIn(ports: readonly PortRequest[]): Refusal | undefined {
  if (ports.length > LARGEST_REQUEST) {
    return refuse.invalid(`${ports.length} ports are asked for, and at most ${LARGEST_REQUEST} are given at once`);
  }
  const names = new Set<string>();
  for (const { name } of ports) {
    if (names.has(name)) return refuse.invalid(`two ports would be called "${name}": give a component another name`);
    names.add(name);
  }
  return undefined;
}

/** The key under which a role waits. Allocations wait in the same queue, under keys without a kind. */
function waitingKey(kind: string, key: string): string {
  return `${kind} ${key}`;
}
