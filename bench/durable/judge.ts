import type { Verdict } from '../report.ts';
import { figure } from '../statistics.ts';
import type { Series } from './series.ts';

/** Numbers a second, 256 callers on one process. */
const RATE_ALONE = 8_000;
/** Numbers a second in all, two processes on one pool. */
const RATE_TOGETHER = 2_000;
/** p99 with 8 callers, in medians of one plain write. */
const TAIL = 5;
/** One caller's median, in medians of one plain write. */
const ONE_CALLER = 1.3;

/** Holds what one process (`alone`) and two (`together`) did against the bars, each strategy by itself. */
export function judge(alone: readonly Series[], together: readonly Series[]): readonly Verdict[] {
  return [
    ...alone.filter(({ callers }) => callers === 256).map((series) => rateVerdict(series, RATE_ALONE)),
    ...together.filter(({ callers }) => callers === 256).map((series) => rateVerdict(series, RATE_TOGETHER)),
    ...alone
      .filter(({ callers }) => callers === 8)
      .map((series) => {
        return ratioVerdict(`${nameOf(series)}: p99`, series.p99 / series.block, `< ${TAIL}`, (ratio) => ratio < TAIL);
      }),
    ...alone
      .filter(({ callers }) => callers === 1)
      .map((series) => {
        const ratio = series.p50 / series.block;
        return ratioVerdict(`${nameOf(series)}: median`, ratio, `≤ ${ONE_CALLER}`, (it) => it <= ONE_CALLER);
      }),
  ];
}

function rateVerdict(series: Series, bar: number): Verdict {
  const { rate } = series;
  return { what: nameOf(series), bar: `≥ ${figure(bar)}/s`, measured: `${figure(rate)}/s`, met: rate >= bar };
}

function ratioVerdict(what: string, ratio: number, bar: string, met: (ratio: number) => boolean): Verdict {
  return { what, bar: `${bar} × one plain write`, measured: `${figure(ratio)} ×`, met: met(ratio) };
}

function nameOf({ strategy, callers, processes }: Series): string {
  const who = callers === 1 ? '1 caller' : `${callers} callers`;
  return `durable numbers, ${strategy}, ${who}${processes === 1 ? '' : `, ${processes} processes`}`;
}
