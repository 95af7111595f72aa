import { isCancellation, pause } from '../../src/base/cancellation.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import type { ControlPlane } from '../support/control-plane/control-plane.ts';
import { happens, within } from './chance.ts';
import type { Span } from './chance.ts';
import type { Member, Service } from './service.ts';
import type { Tally } from './tally.ts';

/** How often, and how long. */
export interface FaultTimes {
  /** Between two faults of one manager. */
  readonly manager: Span;
  /** A manager that is killed is away for so long. */
  readonly dead: Span;
  /** A manager that is stopped goes on after so long. */
  readonly stopped: Span;
  /** Between two restarts of the API server. */
  readonly apiServer: Span;
  /** It is away for so long. */
  readonly away: Span;
}

/** Where faults happen. */
export interface FaultParts {
  readonly plane: ControlPlane;
  readonly service: Service;
  readonly random: Random;
  readonly times: FaultTimes;
  readonly tally: Tally;
}

/** Harms managers and the API server until `signal` aborts; then all of them run again. */
export async function harm(parts: FaultParts, signal: AbortSignal): Promise<void> {
  const loops = [...parts.service.members.map((member) => harmManager(parts, member, signal)), restart(parts, signal)];
  // Each puts right what it did, whatever becomes of the others.
  const ends = await Promise.allSettled(loops);
  for (const end of ends) {
    if (end.status === 'rejected' && !isCancellation(end.reason, signal)) throw end.reason;
  }
}

async function harmManager({ service, random, times, tally }: FaultParts, member: Member, signal: AbortSignal) {
  const { manager } = member;
  for (;;) {
    await pause(clock, within(random, times.manager), signal);
    const isKilled = happens(random, 50);
    tally.count(isKilled ? 'killed' : 'stopped');
    service.takeOut(member);
    if (isKilled) await manager.kill('SIGKILL');
    else manager.signal('SIGSTOP');
    try {
      await pause(clock, within(random, isKilled ? times.dead : times.stopped), signal);
    } finally {
      if (isKilled) await manager.start();
      else manager.signal('SIGCONT');
      service.letIn(member);
    }
  }
}

async function restart({ plane, service, random, times, tally }: FaultParts, signal: AbortSignal): Promise<void> {
  for (;;) {
    await pause(clock, within(random, times.apiServer), signal);
    tally.count('API server restarts');
    service.apiServer(false);
    await plane.stopApiServer();
    try {
      await pause(clock, within(random, times.away), signal);
    } finally {
      await plane.startApiServer();
      service.apiServer(true);
    }
  }
}
