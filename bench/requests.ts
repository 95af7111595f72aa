import type { ClusterClient } from '../src/kube/index.ts';
import type { Section } from './report.ts';
import { figure } from './statistics.ts';

/** How many requests the API server has answered, by `VERB resource`. */
export type Requests = ReadonlyMap<string, number>;

/** One column of a table of requests: what was asked while something was measured, for each of so many. */
export interface RequestsColumn {
  readonly name: string;
  readonly requests: Requests;
  readonly of: number;
}

const LINE = /^apiserver_request_total\{([^}]*)\} (\d+(?:\.\d+)?(?:e\+\d+)?)$/gm;
/** So many kinds of requests are shown. */
const SHOWN = 24;
/** What is rarer than one in fifty isn't. */
const RARE = 0.02;
const WRITES = ['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'DELETECOLLECTION'];

/** What the API server counts now. Watches count when they end, and are left out; so is what asks for no resource. */
export async function countRequests(client: ClusterClient): Promise<Requests> {
  const text = await client.raw('/metrics', { signal: AbortSignal.timeout(60_000) });
  const counted = new Map<string, number>();
  for (const [, labels = '', count] of text.matchAll(LINE)) {
    const { verb = '', resource = '', subresource = '' } = labelsOf(labels);
    if (verb === 'WATCH' || resource === '') continue;
    const what = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
    counted.set(what, (counted.get(what) ?? 0) + Number(count));
  }
  return counted;
}

/** What came between two counts. */
export function between(before: Requests, after: Requests): Requests {
  return new Map([...after].map(([what, count]) => [what, count - (before.get(what) ?? 0)]));
}

/** How many of them write. */
export function writesIn(requests: Requests): number {
  const writes = [...requests].filter(([what]) => WRITES.includes(what.split(' ', 1)[0] ?? ''));
  return writes.reduce((sum, [, count]) => sum + count, 0);
}

/** A table of the most frequent requests by verb and kind, in the order of the first column, with the sums of all below. */
export function requestsSection(
  title: string,
  method: string,
  columns: readonly [RequestsColumn, ...RequestsColumn[]],
): Section {
  const each = ({ requests, of }: RequestsColumn, what: string): number => (requests.get(what) ?? 0) / of;
  const all = [...new Set(columns.flatMap(({ requests }) => [...requests.keys()]))];
  const most = (what: string): number => Math.max(...columns.map((column) => each(column, what)));
  const kinds = all
    .filter((what) => most(what) >= RARE)
    .toSorted((a, b) => most(b) - most(a))
    .slice(0, SHOWN)
    .toSorted((a, b) => each(columns[0], b) - each(columns[0], a) || most(b) - most(a));
  const sum = ({ requests, of }: RequestsColumn): number =>
    [...requests.values()].reduce((total, count) => total + count, 0) / of;
  const row = (name: string, of: (column: RequestsColumn) => number): string[] => [
    name,
    ...columns.map((column) => figure(of(column))),
  ];
  return {
    title,
    method: `${method} By the API server's own count of what it answered, by whomever it was asked, this benchmark included; without watches; the ${SHOWN} most frequent kinds, and the sums of all.`,
    columns: ['request', ...columns.map(({ name }) => name)],
    rows: [
      ...kinds.map((what) => row(what, (column) => each(column, what))),
      row('all that write', (column) => writesIn(column.requests) / column.of),
      row('all', sum),
    ],
    verdicts: [],
  };
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}
