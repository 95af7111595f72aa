import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';

const ROUNDS = 5;
/** In ms: how often the loop is looked at. A pause is as much longer than that as the look comes late. */
const LOOK_MS = 1;

/** Something that is meant to keep a manager from its other work. */
export interface Attack {
  readonly what: string;
  /** Makes everything ready; what it returns is measured, again and again. */
  readonly prepare: () => Deed;
}

/** Done once for each measurement; `reset` comes before it and isn't measured. */
export interface Deed {
  readonly act: () => unknown;
  readonly reset?: () => void;
}

/** The longest of some rounds for which the event loop was kept from anything else, in milliseconds. */
export interface Worst {
  /** This thread's processor time in one turn of the loop. */
  readonly turn: number;
  /** By the clock, as `perf_hooks` tells it: whatever else the machine did is in it. */
  readonly pause: number;
}

/** For how long `attack` keeps the event loop at most. */
export async function worstOf({ prepare }: Attack): Promise<Worst> {
  const deed = prepare();
  // What it made is new, and who attacks a manager finds what has been there for long: its collection is no part of the deed.
  globalThis.gc?.();
  const worst = { turn: 0, pause: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    deed.reset?.();
    const { turn, pause } = await measure(deed);
    worst.turn = Math.max(worst.turn, turn);
    worst.pause = Math.max(worst.pause, pause);
  }
  return worst;
}

/** The longest pause that is the doing of the attack: on a busy machine others get the processor as well. */
export function ownPause({ turn, pause }: Worst): number {
  return Math.min(turn, pause);
}

async function measure({ act }: Deed): Promise<Worst> {
  const delays = monitorEventLoopDelay({ resolution: LOOK_MS });
  delays.enable();
  // What was made ready before is over; and the first look after a reset only begins to count.
  await after(5 * LOOK_MS);
  delays.reset();
  await after(5 * LOOK_MS);
  const turns = new Turns();
  await act();
  await after(2 * LOOK_MS);
  delays.disable();
  return { turn: turns.end(), pause: Math.max(0, delays.max / 1e6 - LOOK_MS) };
}

/** Looks at the processor time of this thread once in each turn of the event loop. */
class Turns {
  #longest = 0;
  #before = process.threadCpuUsage();
  #next = setImmediate(() => this.#look());

  /** The longest turn since the beginning, in milliseconds. */
  end(): number {
    clearImmediate(this.#next);
    return this.#longest;
  }

  #look(): void {
    const { user, system } = process.threadCpuUsage(this.#before);
    this.#longest = Math.max(this.#longest, (user + system) / 1000);
    this.#before = process.threadCpuUsage();
    this.#next = setImmediate(() => this.#look());
  }
}
