import { LARGEST_REQUEST, conditionTypes } from '../api/index.ts';
import type { GivenPort, PortRequest, RoleInstance, RoleInstanceSet } from '../api/index.ts';
import { allocationOf, givenOf, holderOfRole, portOf, roleHolder } from '../allocation/index.ts';
import type { Allocator, Ask, Heirs, Liveness, RoleName, PendingRequests } from '../allocation/index.ts';
import { NO_POOL, refuse } from '../core/index.ts';
import type { Claim, Holder, Refusal } from '../core/index.ts';
import { isConditionTrue, keyOf } from '../kube/index.ts';
import type { FormerAllocations } from './former-allocations.ts';

/** The numbers of a role, by the names of its ports. */
export type Numbers = ReadonlyMap<string, GivenPort>;

/** What a set or an instance is to have. */
export interface Wanted {
  readonly object: RoleInstance | RoleInstanceSet;
  readonly ports: readonly PortRequest[];
  /** What an earlier version called the allocation that it made for them. */
  readonly formerly: readonly string[];
  /** Whether a pod may still have a port that isn't wanted any longer: then none is given up. */
  readonly mayUseMore: () => Promise<boolean>;
  /** Has the object looked at again. */
  readonly wake: () => void;
}

/** What a set or an instance has. */
export interface Held {
  readonly numbers: Numbers;
  /** Why it hasn't all. */
  readonly lacking: Refusal | undefined;
  /** Whether it has ports that it doesn't want any longer, in doubt or not. */
  readonly hasMore: boolean;
  /** Whether some of these are still held, because pods may have them. */
  readonly keepsMore: boolean;
}

/** What {@link Holdings} are made of. */
export interface HoldingsParts {
  readonly allocator: Allocator;
  readonly heirs: Heirs;
  readonly waiting: PendingRequests;
  readonly liveness: Liveness;
  readonly former: FormerAllocations;
  /** Told of a set or an instance that was looked at. */
  readonly onHeld: (object: RoleInstance | RoleInstanceSet) => void;
}

const NOTHING: Held = { numbers: new Map(), lacking: undefined, hasMore: false, keepsMore: false };

/** Another look finds out: two objects of one name, of which one is gone. */
const OVERTAKEN = refuse.ledgerUnavailable(
  'another object of the same name has these numbers, as far as it can be seen',
);

/**
 * Has sets and instances hold their numbers themselves. What is answered is durable, held for the object's UID, and stays as it
 * is for as long as it is wanted.
 */
export class Holdings {
  readonly #parts: HoldingsParts;
  /** What was answered since this manager leads, by UID: that is known without a write. */
  readonly #answered = new Map<string, string>();

  constructor(parts: HoldingsParts) {
    this.#parts = parts;
  }

  /** Sees to it that the object has what it wants, or waits for it. What it has and doesn't want goes in two steps. */
  async keep(wanted: Wanted, signal: AbortSignal): Promise<Held> {
    const { object, ports } = wanted;
    const holder = holderOfRole(object);
    const known = this.#parts.allocator.claimsUnder(holder.key);
    if (ports.length === 0 && known.length === 0) {
      this.#leave(object);
      return NOTHING;
    }
    const fault = faultIn(ports);
    if (fault !== undefined) return { ...this.#heldBy(holder, ports), lacking: fault };
    if (!(await this.#inherit(holder, known, signal))) return { ...this.#heldBy(holder, ports), lacking: OVERTAKEN };
    await this.#parts.former.takeOver(holder, { ...wanted, ports: this.#openIn(wanted, holder) }, signal);
    const ask = await this.#askOf(wanted, holder);
    const answer = await this.#parts.allocator.reserve(ask, signal);
    if (answer.ok) {
      this.#leave(object);
      this.#answered.set(holder.uid, textOf(ports));
      const numbers = new Map(answer.value.ports.map((port) => [port.name, givenOf(port)]));
      await this.#parts.former.narrow(wanted, portsOf(this.#own(holder)), signal);
      this.#parts.onHeld(object);
      return { ...this.#heldBy(holder, ports), numbers, lacking: undefined };
    }
    this.#wait(wanted, ask, answer.error);
    return { ...this.#heldBy(holder, ports), lacking: answer.error };
  }

  /** What the ledger has for the object with `uid`, or for whichever had the name last. */
  numbersOf(name: RoleName, uid?: string): Numbers {
    const claims = this.#parts.allocator.claimsUnder(roleHolder(name, '').key);
    return numbersIn(claims.filter(({ holder }) => uid === undefined || holder.uid === uid));
  }

  /** Gives up all that the object with `uid` has: no pod of it is left. */
  async release(name: RoleName, uid: string, signal: AbortSignal): Promise<void> {
    this.#parts.waiting.leave(waitingKey(name.kind, `${name.namespace}/${name.name}`));
    this.#answered.delete(uid);
    await this.#parts.allocator.release(roleHolder(name, uid), signal, { wasThere: true });
  }

  /**
   * Gives up what objects of this name have that are gone, where nothing is left of them either.
   * @returns whether some have still something
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

  /** Takes over what earlier objects of the name have; false where it isn't sure that they are gone. */
  async #inherit(holder: Holder, known: readonly Claim[], signal: AbortSignal): Promise<boolean> {
    const others = new Set(known.filter(({ holder: by }) => by.uid !== holder.uid).map(({ holder: by }) => by.uid));
    if (others.size === 0) return true;
    if (!(await this.#parts.liveness.isThere(holder, signal))) return false;
    await this.#parts.heirs.passOn(others, holder, signal);
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
    // Room is not what is missing: nobody can tell when the ledger can be written again.
    if (reason === 'LedgerUnavailable') return;
    const since = `${object.metadata.creationTimestamp} ${keyOf(object)}`;
    this.#parts.waiting.wait(waitingKey(object.kind, keyOf(object)), { ask, reason, since, wake });
  }

  #leave(object: RoleInstance | RoleInstanceSet): void {
    this.#parts.waiting.leave(waitingKey(object.kind, keyOf(object)));
  }

  #own(holder: Holder): readonly Claim[] {
    return this.#parts.allocator.claimsUnder(holder.key).filter(({ holder: by }) => by.uid === holder.uid);
  }

  /** The ports that haven't all of their numbers: what an earlier version gave is laid beside in several writes, maybe. */
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

/** Whether the object says that it has just what it wants: then memory is believed. */
function isSettled({ metadata, status }: Wanted['object']): boolean {
  const isSeen = status?.observedGeneration === metadata.generation;
  return isSeen && isConditionTrue(status.conditions, conditionTypes.allocated);
}

/** What is held: on what is in doubt nobody may build. */
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

/** Only instances without a set come without having been looked at by a webhook. */
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

/** Allocations wait in the same room, under their keys. */
function waitingKey(kind: string, key: string): string {
  return `${kind} ${key}`;
}
