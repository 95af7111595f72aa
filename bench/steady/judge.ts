import type { Pauses } from '../pauses.ts';
import type { Verdict } from '../report.ts';
import { figure, median, quantile } from '../statistics.ts';
import type { Way } from './site.ts';

/** Creates a second that the bars are about. */
const [LOWER, HIGHER] = [10, 50] as const;
/** Over none, in milliseconds, at the lower rate. */
const ADDED = { p50: 4, p99: 20 } as const;
/** Times none, at the higher rate. */
const TIMES = 2;

/** Creates of one way at one rate, over all rounds. */
export class Steady {
  readonly way: Way;
  readonly rate: number;
  /** From when each was due to its answer, in milliseconds. */
  readonly latencies: number[] = [];
  refused = 0;
  pauses: Pauses | undefined;

  constructor(way: Way, rate: number) {
    this.way = way;
    this.rate = rate;
  }

  get p50(): number {
    return median(this.latencies);
  }

  get p99(): number {
    return quantile(this.latencies, 0.99);
  }
}

/** Holds creates at a rate against those of pods that nobody looks at. */
export function judge(all: readonly Steady[]): readonly Verdict[] {
  const at = (rate: number, way: Way): Steady =>
    all.find((each) => each.rate === rate && each.way === way) ?? new Steady(way, rate);
  const [ours, none] = [at(LOWER, 'Hostport'), at(LOWER, 'none')];
  return [
    ...(['p50', 'p99'] as const).map((q) => added(q, ours[q] - none[q])),
    ...(['p50', 'p99'] as const).map((q) => multiplied(q, at(HIGHER, 'Hostport')[q] / at(HIGHER, 'none')[q])),
  ];
}

function added(q: keyof typeof ADDED, by: number): Verdict {
  const what = `${LOWER} creates a second: ${q}`;
  return { what, bar: `≤ +${ADDED[q]} ms over none`, measured: `${signed(by)} ms`, met: by <= ADDED[q] };
}

function multiplied(q: string, times: number): Verdict {
  const what = `${HIGHER} creates a second: ${q}`;
  return { what, bar: `≤ ${TIMES} × none`, measured: `${figure(times)} ×`, met: times <= TIMES };
}

/** What is added, with its sign. */
export function signed(by: number): string {
  return `${by < 0 ? '−' : '+'}${figure(Math.abs(by))}`;
}
