import { invariant } from '../../src/base/result.ts';
import { pauseCells, pauseColumns } from '../pauses.ts';
import { Rates } from '../rates.ts';
import type { Requests, RequestsColumn } from '../requests.ts';
import { figure } from '../statistics.ts';
import type { Outcome } from './creators.ts';

/** What answers when a pod is created. */
export type Way = 'Hostport' | 'patches only' | 'none';

/** How pods are created. */
export type Pace = 'burst' | 'sustained';

/** Which measurements belong together. */
export interface Kind {
  readonly way: Way;
  readonly pace: Pace;
  /** Pods that were there before. */
  readonly present: number;
}

/** All rounds of one kind. */
export class Series extends Rates {
  readonly kind: Kind;
  readonly #recordsAfter: number[] = [];
  #requests: Pick<RequestsColumn, 'requests' | 'of'> = { requests: new Map(), of: 1 };

  constructor(kind: Kind) {
    super();
    this.kind = kind;
  }

  /** Adds a round. Whatever is measured of Hostport, no number is worth anything if two pods have it. */
  add(outcome: Outcome): void {
    const { names, numbers } = outcome;
    if (this.kind.way === 'Hostport') {
      invariant(numbers.length === 2 * names.length, 'a pod was let in without its ports');
      invariant(new Set(numbers).size === numbers.length, 'two pods were given one number');
    }
    this.addRound(names.length, outcome);
  }

  /** Adds how long after the end of a round the last record was there, in seconds. */
  addRecordsAfter(seconds: number): void {
    this.#recordsAfter.push(seconds);
  }

  /** Keeps what was asked of the API server in a round of `of` pods, from the first create until all is released. */
  setRequests(requests: Requests, of: number): void {
    this.#requests = { requests, of };
  }

  /** Of the last round. */
  get requests(): Pick<RequestsColumn, 'requests' | 'of'> {
    return this.#requests;
  }

  /** The longest; NaN where there are no records. */
  get recordsAfter(): number {
    return this.#recordsAfter.length === 0 ? NaN : Math.max(...this.#recordsAfter);
  }
}

/** The columns of {@link rowOf}. */
export const columns = [
  'pods present',
  'pace',
  'webhook',
  'pods/s',
  'p50',
  'p99',
  'last record after',
  ...pauseColumns,
] as const;

/** A series as a row of the table. */
export function rowOf({ kind, rate, p50, p99, recordsAfter, pauses }: Series): readonly string[] {
  const records = Number.isNaN(recordsAfter) ? '' : `${figure(recordsAfter)} s`;
  const [rates, late] = [
    [figure(rate), figure(p50), figure(p99)],
    [records, ...pauseCells(pauses)],
  ];
  return [figure(kind.present), kind.pace, kind.way, ...rates, ...late];
}
