import type { Verdict } from '../report.ts';
import { writesIn } from '../requests.ts';
import type { Requests } from '../requests.ts';
import { figure } from '../statistics.ts';
import type { Round } from './round.ts';
import { PODS_EACH } from './workloads.ts';

/** Of the time of a Deployment and a StatefulSet. */
const LONGER = 1.8;
/** How much faster than LeaderWorkerSet. */
const FASTER = 3;
/** Writes of an instance: itself and its pods; later its annotations, its status and its record. */
const WRITES = { creation: 1 + PODS_EACH, later: 3 } as const;
/** Blocks of the ledger are shared by many instances, and managers write a little without any. */
const SHARED = 1.05;

/** Holds sets against those of others, by the sums over all rounds, and what an instance costs in the last round. */
export function judge(rounds: readonly Round[], instances: number): readonly Verdict[] {
  const sum = (of: (round: Round) => number): number => rounds.reduce((total, round) => total + of(round), 0);
  const ours = sum((round) => round.ours.seconds);
  const times = ours / sum((round) => round.plain.seconds);
  const faster = sum((round) => round.groups.seconds) / ours;
  const what = `${instances} instances × ${PODS_EACH} pods with ports, until all exist`;
  const last = rounds.at(-1)?.ours;
  return [
    {
      what,
      bar: `≤ ${LONGER} × a Deployment + StatefulSet of as many pods without`,
      measured: `${figure(times)} ×`,
      met: times <= LONGER,
    },
    {
      what,
      bar: `≥ ${FASTER} × as fast as LeaderWorkerSet with as many groups`,
      measured: `${figure(faster)} ×`,
      met: faster >= FASTER,
    },
    writes('until all pods exist', last?.requests, { most: WRITES.creation, instances }),
    writes('later', last?.later, { most: WRITES.later, instances }),
  ];
}

function writes(
  when: string,
  requests: Requests = new Map(),
  { most, instances }: { readonly most: number; readonly instances: number },
): Verdict {
  const counted = writesIn(new Map([...requests].filter(([kind]) => !/ (events|leases)$/.test(kind)))) / instances;
  return {
    what: `writes an instance of ${PODS_EACH} pods costs, ${when} (without Events)`,
    bar: `≤ ${most}, and blocks of the ledger`,
    measured: figure(counted),
    met: counted <= most * SHARED,
  };
}
