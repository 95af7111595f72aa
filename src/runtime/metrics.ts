import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** The name, the words for people, and the labels of one metric. */
export interface MetricDefinition<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

/** A value for each label, no more and no less. */
export type Labels<L extends string> = Readonly<Record<L, string>>;

/** Only grows. */
export interface CounterMetric<L extends string> {
  add(labels: Labels<L>, by?: number): void;
}

/** What is so at the moment. */
export interface GaugeMetric<L extends string> {
  set(labels: Labels<L>, value: number): void;
  /** Takes one line away, for what exists no more. */
  remove(labels: Labels<L>): void;
  /** Takes all lines away. */
  clear(): void;
}

/** How values spread. */
export interface HistogramMetric<L extends string> {
  observe(labels: Labels<L>, value: number): void;
}

/** From a millisecond to half a minute: what a request or a reconcile takes. */
export const secondsBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** The metrics of one program; there is no global registry. Each name is made once. */
export class Metrics {
  readonly #registry = new Registry();

  counter<const L extends string = never>(definition: MetricDefinition<L>): CounterMetric<L> {
    const counter = new Counter<L>(this.#configurationOf(definition));
    return { add: (labels, by = 1) => counter.inc({ ...labels }, by) };
  }

  /** @param collect called before each scrape, for values that are cheaper to ask for than to follow */
  gauge<const L extends string = never>(
    definition: MetricDefinition<L>,
    collect?: (gauge: GaugeMetric<L>) => void,
  ): GaugeMetric<L> {
    const refresh = collect ? { collect: () => collect(metric) } : {};
    const gauge = new Gauge<L>({ ...this.#configurationOf(definition), ...refresh });
    const metric: GaugeMetric<L> = {
      set: (labels, value) => gauge.set({ ...labels }, value),
      remove: (labels) => gauge.remove({ ...labels }),
      clear: () => gauge.reset(),
    };
    return metric;
  }

  /** @param buckets upper bounds, ascending */
  histogram<const L extends string = never>(
    definition: MetricDefinition<L>,
    buckets: readonly number[] = secondsBuckets,
  ): HistogramMetric<L> {
    const histogram = new Histogram<L>({ ...this.#configurationOf(definition), buckets: [...buckets] });
    return { observe: (labels, value) => histogram.observe({ ...labels }, value) };
  }

  /** Adds what is known about the process: CPU, memory, event loop, garbage collection. It observes as long as the process lives. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** The MIME type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #configurationOf<L extends string>({ name, help, labels = [] }: MetricDefinition<L>) {
    return { name, help, labelNames: labels, registers: [this.#registry] };
  }
}
