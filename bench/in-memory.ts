import { seededRandom } from '../src/base/random.ts';
import { invariant } from '../src/base/result.ts';
import { Domain, TCP, claimsHeldBy, holder, plan, release, strategies } from '../src/core/index.ts';
import type { PlanContext, Pool, PortsRequest, StrategyName } from '../src/core/index.ts';
import { tell } from './progress.ts';
import type { Section, Verdict } from './report.ts';
import { figure, median } from './statistics.ts';

const SIZE = 10_000;
const FILLS = [0.1, 0.5, 0.9, 0.99] as const;
/** Different holders that come and go while the others stay. */
const VISITORS = 5_000;
/** How often each comes in a round: the kernel counts processor time in steps of some milliseconds. */
const VISITS = 10;
const ROUNDS = 11;
const WARM_UP = 2;
/** As many requests as share a write when many ask at once. */
const PER_WRITE = 64;
/** How much slower a nearly full pool may be and still count as the same. */
const SAME = 1.25;

const BAR_MICROSECONDS = 1;

/** A domain in which a pool is held up to `fill`, with all that is needed to hold one number more. */
interface Desk {
  readonly strategy: StrategyName;
  readonly fill: number;
  readonly domain: Domain;
  readonly visitors: readonly PortsRequest[];
  readonly microseconds: number[];
}

/** Reserve and release of one number in memory: what an allocation costs before anything is written down. */
export function measureInMemory(): Section {
  tell('in memory: reserve + release of one number');
  const names = Object.keys(strategies) as StrategyName[];
  const desks = names.flatMap((strategy) => FILLS.map((fill) => setUp(strategy, fill)));
  // In turns, so that whatever else the machine does hits all of them alike.
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const desk of desks) desk.microseconds.push(playRound(desk));
  }
  const timeOf = (strategy: StrategyName, fill: number): number => {
    const desk = desks.find((each) => each.strategy === strategy && each.fill === fill);
    return median(desk?.microseconds.slice(WARM_UP) ?? []);
  };
  return {
    title: 'One number in memory',
    method: `Reserve and release of one number, holder and indexes included, in a pool of ${SIZE.toLocaleString('en-US')} numbers whose holes are scattered, for ${VISITORS.toLocaleString('en-US')} different holders in turn; median of ${ROUNDS} rounds, in µs of processor time.`,
    columns: ['strategy', ...FILLS.map((fill) => `${fill * 100} % full`), '99 % ÷ 10 %'],
    rows: names.map((name) => [
      name,
      ...FILLS.map((fill) => figure(timeOf(name, fill))),
      figure(timeOf(name, 0.99) / timeOf(name, 0.1)),
    ]),
    verdicts: names.flatMap((name) => judge(name, (fill) => timeOf(name, fill))),
  };
}

function judge(name: StrategyName, timeAt: (fill: number) => number): Verdict[] {
  const slowest = Math.max(...FILLS.map(timeAt));
  const ratio = timeAt(0.99) / timeAt(0.1);
  const what = `one number in memory, ${name}`;
  return [
    { what, bar: `≤ ${BAR_MICROSECONDS} µs`, measured: `${figure(slowest)} µs`, met: slowest <= BAR_MICROSECONDS },
    {
      what: `${what}, 99 % ÷ 10 % full`,
      bar: `the same (≤ ${SAME} ×)`,
      measured: `${figure(ratio)} ×`,
      met: ratio <= SAME,
    },
  ];
}

function setUp(strategy: StrategyName, fill: number): Desk {
  const pool: Pool = { name: 'default', usable: [{ first: 20_000, last: 20_000 + SIZE - 1 }], strategy, cooldown: 0 };
  const desk = { strategy, fill, domain: new Domain(), microseconds: [] };
  const random = seededRandom(7);
  const residents = Array.from({ length: SIZE }, (_, at) => requestOf(pool, `resident-${at}`));
  for (const resident of residents) reserve(desk.domain, resident, { now: 1, random, roundStates: new Map() });
  // Full, then thinned out anywhere: as after weeks of coming and going.
  for (let left = SIZE - SIZE * fill; left > 0; left--) {
    const [leaver] = residents.splice(random.below(residents.length), 1);
    if (leaver !== undefined) giveBack(desk.domain, leaver);
  }
  return { ...desk, visitors: Array.from({ length: VISITORS }, (_, at) => requestOf(pool, `visitor-${at}`)) };
}

/** Lets every visitor come and go, again and again; gives the time that one of them took, in microseconds of this thread's work. */
function playRound({ domain, visitors }: Desk): number {
  const random = seededRandom(11);
  let context: PlanContext | undefined;
  const before = process.threadCpuUsage();
  for (let visit = 0; visit < VISITS; visit++) {
    for (const [at, visitor] of visitors.entries()) {
      if (context === undefined || at % PER_WRITE === 0) context = { now: 1, random, roundStates: new Map() };
      reserve(domain, visitor, context);
      giveBack(domain, visitor);
    }
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / (visitors.length * VISITS);
}

function reserve(domain: Domain, request: PortsRequest, context: PlanContext): void {
  domain.begin();
  invariant(plan(domain, request, context).ok, 'the pool has room for one more');
  domain.commit();
}

function giveBack(domain: Domain, request: PortsRequest): void {
  domain.begin();
  release(domain, claimsHeldBy(domain, request.holder), 1, { cooldownOf: () => request.pool.cooldown });
  domain.commit();
}

function requestOf(pool: Pool, name: string): PortsRequest {
  return {
    holder: holder({ group: 'hostport.io', kind: 'PortAllocation', namespace: 'game', name, uid: `uid-of-${name}` }),
    pool,
    ports: [{ name: 'game', protocols: TCP, address: '', count: 1 }],
    gone: new Set(),
    poolsWith: () => [],
  };
}
