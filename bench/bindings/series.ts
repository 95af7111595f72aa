import { pauseCells, pauseColumns } from '../pauses.ts';
import { Rates } from '../rates.ts';
import { figure } from '../statistics.ts';

/** Which pods are bound, and what is asked about it. */
export type Way = keyof typeof ways;

/** What each way is called in the table: pods, and what is installed in their cluster. */
export const ways = {
  nodePool: ['take two numbers of a Node pool', 'Hostport, asked'],
  patched: ['the same', 'a webhook that only patches, asked'],
  labelled: ["don't ask for ports", 'Hostport, asked'],
  plain: ["don't ask for ports", 'Hostport, not asked'],
  none: ["don't ask for ports", 'none'],
} as const;

/** All rounds of one way. */
export class Series extends Rates {
  readonly way: Way;

  constructor(way: Way) {
    super();
    this.way = way;
  }
}

/** The columns of {@link rowOf}. */
export const columns = [
  'pods',
  'webhook',
  'bindings/s',
  'slowest–fastest round',
  '÷ none',
  'p50',
  'p99',
  ...pauseColumns,
] as const;

/** A series as a row of the table, beside the one without Hostport. */
export function rowOf({ way, rate, spread, p50, p99, pauses }: Series, none: Series): readonly string[] {
  const rates = [figure(rate), spread, `${figure(rate / none.rate)} ×`];
  return [...ways[way], ...rates, figure(p50), figure(p99), ...pauseCells(pauses)];
}
