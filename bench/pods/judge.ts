import type { Verdict } from '../report.ts';
import { figure } from '../statistics.ts';
import type { Series } from './series.ts';

/** Of the rate of a webhook that only patches. */
const SHARE = 0.8;
/** From the end of a burst to the last record. */
const RECORDS_SECONDS = 10;

/** Holds Hostport against the webhook that only patches, for each pace and number of pods by itself. */
export function judge(all: readonly Series[]): readonly Verdict[] {
  const ours = all.filter(({ kind }) => kind.way === 'Hostport');
  return ours.flatMap((series) => {
    const { pace, present } = series.kind;
    const others = all.find(
      ({ kind }) => kind.way === 'patches only' && kind.pace === pace && kind.present === present,
    );
    const share = series.rate / (others?.rate ?? NaN);
    const what = `pods with two numbers, ${pace}, ${figure(present)} present`;
    return [
      {
        what,
        bar: `≥ ${SHARE} × a webhook that only patches`,
        measured: `${figure(share)} ×`,
        met: share >= SHARE,
      },
      {
        what: `${what}: last record`,
        bar: `≤ ${RECORDS_SECONDS} s`,
        measured: `${figure(series.recordsAfter)} s`,
        met: series.recordsAfter <= RECORDS_SECONDS,
      },
    ];
  });
}
