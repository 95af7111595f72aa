import { EVENT_COMPONENT } from '../api/index.ts';
import { Takeover, ReservationEnds, PendingRequests } from '../allocation/index.ts';
import type { Fence } from '../base/fence.ts';
import type { Lifetime } from '../base/lifetime.ts';
import { startPods } from '../controllers/pod/index.ts';
import { startPortAllocations } from '../controllers/port-allocation/index.ts';
import { startPortPools } from '../controllers/port-pool/index.ts';
import type { PortPoolsParts } from '../controllers/port-pool/index.ts';
import { RecordWriter, startRecords } from '../controllers/record/index.ts';
import type { Room } from '../controllers/room/index.ts';
import type { PublishedServices } from '../controllers/service/index.ts';
import { DoubtLoop, SweepLoop } from '../controllers/sweep/index.ts';
import type { SweepLoopParts } from '../controllers/sweep/index.ts';
import { fencedClient, keyOf, startEventRecorder } from '../kube/index.ts';
import type { LeaderTools, MakeController } from '../runtime/index.ts';
import { BY_UID } from './cluster-view.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Holding, HoldingParts } from './holding.ts';
import type { Roles } from './roles.ts';

/** What a term of leadership needs. */
interface LeadingParts extends Pick<HoldingParts, 'client' | 'clock' | 'log' | 'portMetrics'> {
  readonly instance: string;
  readonly makeController: MakeController;
  readonly view: ClusterView;
  readonly holding: Holding;
  readonly sweeping: SweepLoopParts;
  readonly roles: Roles;
  readonly room: Room;
  readonly published: PublishedServices;
}

/** Starts what only a leader does, for as long as `term` lasts. Nothing is written once `fence` is closed. */
export async function lead(term: Lifetime, fence: Fence, parts: LeadingParts): Promise<void> {
  const { clock, log, view, portMetrics } = parts;
  const client = fencedClient(parts.client, fence);
  const events = term.own(
    startEventRecorder({ client, clock, logger: log, component: EVENT_COMPONENT, instance: parts.instance }),
  );
  const allocator = parts.holding.allocator.within(fence);
  const sweep = parts.holding.sweep.within(fence);
  const sweeping = { ...parts.sweeping, sweep, allocator, events };
  await new SweepLoop(sweeping).adoptAtStart(term.signal);

  const { makeController } = parts;
  const common = { ...view, ...parts.holding, client, events, allocator, sweep, clock, log, makeController };
  const waiting = term.own(new PendingRequests(common));
  const lookAtAllocation = startPortAllocations(term, { ...common, waiting });
  term.own(
    common.disputes.subscribe((uid) => {
      for (const object of view.allocations.byIndex(BY_UID, uid)) lookAtAllocation(keyOf(object));
    }),
  );
  const writer = new RecordWriter(common);
  const lookAtPod = startPods(term, { ...common, onBoundWithoutPorts: portMetrics.onBoundWithoutPorts });
  startRecords(term, { ...common, writer });
  parts.roles.serve(term, { ...common, takeover: new Takeover(common.ledger, fence), waiting, writer });
  const lookAtPool = servePoolsAndRoom(term, parts, common);
  common.nodeReports.serve(term, { pods: view.pods, events, observe: portMetrics.onStrangers, lookAtPool });
  parts.published.serve(term, common);

  const ends = new ReservationEnds({ ...common, twoStepRelease: sweep.twoStepRelease, observe: portMetrics.onSweep });
  const sweeps = new SweepLoop({ ...sweeping, onUnconfirmed: lookAtPod });
  const doubts = new DoubtLoop(sweeping);
  const loops = {
    'looking for reservations that have ended': ends,
    'looking at shared numbers': doubts,
    sweeping: sweeps,
  };
  for (const [what, loop] of Object.entries(loops)) {
    term.run(
      (signal) => loop.run(signal),
      (error) => log.error(`${what} broke`, { error }),
    );
  }
}

/** The status of a pool shows the room on nodes, and room follows the pools. */
function servePoolsAndRoom(
  term: Lifetime,
  { room, view, portMetrics }: LeadingParts,
  common: Omit<PortPoolsParts, 'cache' | 'unadvertised' | 'advertised' | 'ignoredNodesOf' | 'observe'> &
    LeaderTools &
    Pick<Holding, 'nodeReports'>,
): (name: string) => void {
  const right = room.rightFor(common.client);
  const lookAtPool = startPortPools(term, {
    ...common,
    cache: view.portPools,
    unadvertised: (pool) => room.faultOf(pool, right),
    advertised: (pool) => room.progressOf(pool),
    ignoredNodesOf: common.nodeReports.ignoredNodesOf,
    observe: portMetrics.onUsage,
  });
  room.serve(term, common, right, lookAtPool);
  return lookAtPool;
}
