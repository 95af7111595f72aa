import type { Random } from '../base/random.ts';
import type { Address } from './address.ts';
import type { Claim } from './claim.ts';
import type { Holder } from './holder.ts';
import type { Pool } from './pool.ts';
import type { Protocols } from './port.ts';
import type { RoundState, StrategyName } from './strategy/index.ts';
import type { Stretches } from './stretches.ts';

/** One named port of a request: `count` consecutive numbers. */
export interface PortRequest {
  readonly name: string;
  readonly protocols: Protocols;
  readonly address: Address;
  readonly count: number;
  /** Exactly this number, the first one of several; absent: one is chosen. */
  readonly number?: number;
  /** Whether the exact number may be one that the pool doesn't hand out. */
  readonly anywhere?: true;
}

/** What a holder wants to hold: all of it, or nothing changes. */
export interface PortsRequest {
  readonly holder: Holder;
  readonly pool: Pool;
  /** Absent: the pool's. */
  readonly strategy?: StrategyName;
  readonly ports: readonly PortRequest[];
  /** The number at which an ordered choice begins. */
  readonly start?: number;
  /** It doesn't matter which numbers of the pool are chosen: those of the manager's stretch come first. */
  readonly indifferent?: true;
  /**
   * The holder hasn't been seen yet: the numbers are reserved until then, in seconds since the epoch. Absent: they are
   * held.
   */
  readonly until?: number;
  /**
   * Pods may use the numbers of the holder and of earlier objects of its name, whatever it asks for now: none of them
   * is released, moved or narrowed.
   */
  readonly keepsRest?: true;
  /** UIDs of earlier objects of this name that are gone, according to the API server: their numbers pass to the holder. */
  readonly gone: ReadonlySet<string>;
  /** Which other pools have a number, for the message of a refusal. */
  readonly poolsWith: (number: number) => readonly string[];
  /** The pool whose limits count for an exact number that {@link pool} doesn't hand out. Absent: none. */
  readonly poolOf?: (number: number) => string;
}

/** A port of a request with its numbers: `number` … `number + count - 1`. */
export interface GrantedPort extends PortRequest {
  readonly number: number;
}

/** The result of a plan. */
export interface Planned {
  readonly ports: readonly GrantedPort[];
  /**
   * Claims that no port of the request needs any longer; they still exist, and are to be released once the others are
   * durable.
   */
  readonly leftover: readonly Claim[];
}

/** A request that was met. */
export interface Grant extends Planned {
  /**
   * How many more numbers than before the holder's namespace has of each pool, counted as pairs of number and address;
   * negative if it has fewer.
   */
  readonly charged: ReadonlyMap<string, number>;
}

/** What a plan needs besides the domain and the request. */
export interface PlanContext {
  /** Seconds since the epoch. */
  readonly now: number;
  readonly random: Random;
  /** By pool: what the requests of one write share. */
  readonly roundStates: Map<string, RoundState>;
  /** The numbers preferred for indifferent requests. Absent: no preference. */
  readonly stretches?: Stretches;
}
