import { parseNodeReport } from '../api/index.ts';
import type { NodeReport, NodeReportSpec } from '../api/index.ts';
import type { Clock } from '../base/clock.ts';
import type { ResourceCache } from '../kube/index.ts';

/** What is believed of a node. */
export interface BelievedReport {
  readonly node: string;
  /** The last report of its agent; undefined if that wasn't renewed in time. */
  readonly report: NodeReportSpec | undefined;
}

interface Entry {
  readonly renewTime: string;
  readonly report: NodeReportSpec | undefined;
  readonly lapse: Disposable;
  /** Whether the object was deleted. */
  readonly isGone: boolean;
}

/**
 * The believed reports of node agents: those that were renewed within their life. A report's life begins when this
 * process sees the renewal, as for a lease in leader election, because the clocks of nodes may differ. A deleted report
 * is believed to the end of its life, even if the whole kind was deleted.
 */
export class NodeReportStore implements Disposable {
  readonly #clock: Clock;
  readonly #lifeMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(believed: BelievedReport) => void>();
  readonly #subscription: Disposable;

  /** @param lifeMs how long a report is believed without renewal, in milliseconds */
  constructor({
    cache,
    clock,
    lifeMs,
  }: {
    readonly cache: Pick<ResourceCache<NodeReport>, 'subscribe'>;
    readonly clock: Clock;
    readonly lifeMs: number;
  }) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
    this.#subscription = cache.subscribe(({ type, object }) => {
      // An agent doesn't delete its report. The report was true a moment ago, so it is believed for its life.
      if (type === 'applied') this.#see(object);
      else this.#lose(object.metadata.name);
    });
  }

  /** The believed report of each node that has one. */
  *believed(): Generator<BelievedReport & { readonly report: NodeReportSpec }> {
    for (const [node, { report }] of this.#entries) if (report !== undefined) yield { node, report };
  }

  /** The believed report of one node; undefined if there is none. */
  of(node: string): NodeReportSpec | undefined {
    return this.#entries.get(node)?.report;
  }

  /** Calls `listener` for every renewal, also of an unchanged report, and whenever a report stops being believed. */
  subscribe(listener: (believed: BelievedReport) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    for (const { lapse } of this.#entries.values()) lapse[Symbol.dispose]();
    this.#entries.clear();
  }

  #see(object: NodeReport): void {
    const parsed = parseNodeReport(object);
    if (!parsed.ok) return;
    const node = object.metadata.name;
    const { spec } = parsed.value;
    const before = this.#entries.get(node);
    // The agent didn't renew it: something else changed the object.
    if (before?.renewTime === spec.renewTime) return void this.#entries.set(node, { ...before, isGone: false });
    before?.lapse[Symbol.dispose]();
    const lapse = this.#clock.schedule(this.#lifeMs, () => this.#disbelieve(node));
    this.#entries.set(node, { renewTime: spec.renewTime, report: spec, lapse, isGone: false });
    this.#notify({ node, report: spec });
  }

  #disbelieve(node: string): void {
    const entry = this.#entries.get(node);
    if (entry === undefined) return;
    if (entry.isGone) this.#entries.delete(node);
    else this.#entries.set(node, { ...entry, report: undefined });
    this.#notify({ node, report: undefined });
  }

  #lose(node: string): void {
    const entry = this.#entries.get(node);
    if (entry?.report === undefined) this.#entries.delete(node);
    else this.#entries.set(node, { ...entry, isGone: true });
  }

  #notify(believed: BelievedReport): void {
    for (const listener of this.#listeners) listener(believed);
  }
}
