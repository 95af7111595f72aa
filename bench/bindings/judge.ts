import type { Verdict } from '../report.ts';
import { figure } from '../statistics.ts';
import type { Series, Way } from './series.ts';

/** Of the rate of a webhook that only patches. */
const SHARE = 0.8;
/** Of the rate without Hostport: rounds of one and the same thing differ by as much. */
const NOISE = 0.9;

/** Holds Hostport against the webhook that only patches, and bindings that are none of its business against none. */
export function judge(all: Readonly<Record<Way, Series>>): readonly Verdict[] {
  const share = all.nodePool.rate / all.patched.rate;
  const others = all.plain.rate / all.none.rate;
  return [
    {
      what: 'bindings of pods of a Node pool, 50 nodes',
      bar: `≥ ${SHARE} × a webhook that only patches`,
      measured: `${figure(share)} ×`,
      met: share >= SHARE,
    },
    {
      what: 'bindings where the namespace is not labelled',
      bar: `≥ ${NOISE} × without Hostport`,
      measured: `${figure(others)} ×`,
      met: others >= NOISE,
    },
  ];
}
