import { pause } from '../../src/base/cancellation.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import type { ManagerProcess } from '../support/hostport/hostport.ts';
import type { Front } from './front.ts';
import { ServingTime } from './serving-time.ts';

/** How long a manager that runs may take to be ready while the API server answers, in milliseconds. */
const READY_MS = 60_000;

const POLL_MS = 200;

/** One manager, and where it answers reviews. */
export interface Member {
  readonly manager: ManagerProcess;
  readonly port: number;
  /** Whether nobody has killed or stopped it. */
  isFree: boolean;
  /** Since when it might be ready, in milliseconds of the monotonic clock; undefined while it might not. */
  since: number | undefined;
}

/** Which managers serve: lets them in as soon as they say that they are ready, and takes them out before they are harmed. */
export class Service {
  readonly time = new ServingTime(clock);
  readonly members: readonly Member[];
  /** Managers that took too long to be ready. */
  readonly breaches: string[] = [];
  readonly #front: Front;
  #isApiServerThere = true;

  constructor(front: Front, members: readonly Omit<Member, 'isFree' | 'since'>[]) {
    this.#front = front;
    this.members = members.map((member) => ({ ...member, isFree: true, since: clock.monotonic() }));
  }

  /** Before a manager is killed or stopped. */
  takeOut(member: Member): void {
    member.isFree = false;
    this.#drop(member);
  }

  /** After it has been started again or goes on. */
  letIn(member: Member): void {
    member.isFree = true;
    member.since = clock.monotonic();
  }

  /** Before the API server stops, and after it has been started. */
  apiServer(isThere: boolean): void {
    this.#isApiServerThere = isThere;
    for (const member of this.members) {
      if (!isThere) this.#drop(member);
      else member.since = clock.monotonic();
    }
  }

  /** Asks managers whether they are ready, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await Promise.all(this.members.map((member) => this.#look(member)));
      await pause(clock, POLL_MS, signal);
    }
  }

  async #look(member: Member): Promise<void> {
    const { manager, port, since } = member;
    if (!this.#mayServe(member) || since === undefined || this.time.has(manager.name)) return;
    const isReady = await manager.ready();
    // Meanwhile it may have been harmed.
    if (!this.#mayServe(member) || member.since !== since) return;
    if (isReady) {
      this.#front.letIn(port);
      this.time.add(manager.name);
    } else if (clock.monotonic() - since > READY_MS) {
      this.breaches.push(`${manager.name} isn't ready ${READY_MS / 1000} s after nothing kept it from it`);
      member.since = clock.monotonic();
    }
  }

  #mayServe({ isFree }: Member): boolean {
    return isFree && this.#isApiServerThere;
  }

  #drop({ manager, port }: Member): void {
    this.time.remove(manager.name);
    this.#front.takeOut(port);
  }
}
