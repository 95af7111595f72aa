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
  /** It matters to nobody which numbers are chosen, as long as they are of the pool: the manager's stretch comes first. */
  readonly indifferent?: true;
  /** The holder isn't seen yet: the numbers are reserved until then, in seconds since the epoch. Absent: they are held. */
  readonly until?: number;
  /**
   * Pods may use what the holder has, and what earlier objects of its name have, whatever is asked for now: none of it is
   * given up, moved or narrowed.
   */
  readonly keepsRest?: true;
  /** UIDs of earlier objects of this name that the API server says are gone: their numbers pass on. */
  readonly gone: ReadonlySet<string>;
  /** Which other pools have a number, for the message of a refusal. */
  readonly poolsWith: (number: number) => readonly string[];
  /** Which pool has an exact number that {@link pool} doesn't hand out: its holder is that one's customer. Absent: none. */
  readonly poolOf?: (number: number) => string;
}

/** A port of a request with its numbers: `number` … `number + count - 1`. */
export interface GrantedPort extends PortRequest {
  readonly number: number;
}

/** How a request is met. */
export interface Planned {
  readonly ports: readonly GrantedPort[];
  /** Claims that no port of the request needs any longer; still in place, to be released once the rest is durable. */
  readonly leftover: readonly Claim[];
}

/** A request that was met. */
export interface Grant extends Planned {
  /**
   * How much more than before the holder's namespace has of each pool, in pairs of number and address; less than nothing
   * where it has less.
   */
  readonly charged: ReadonlyMap<string, number>;
}

/** What a plan needs beside the domain and the request. */
export interface PlanContext {
  /** Seconds since the epoch. */
  readonly now: number;
  readonly random: Random;
  /** By pool: what the requests of one write share. */
  readonly roundStates: Map<string, RoundState>;
  /** Where whoever is indifferent takes its numbers. Absent: like everybody. */
  readonly stretches?: Stretches;
}
