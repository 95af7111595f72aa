import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** The name, the help text and the labels of one metric. */
interface MetricDefinition<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

/** One value for each label. */
type Labels<L extends string> = Readonly<Record<L, string>>;

/** A value that only grows. */
interface CounterMetric<L extends string> {
  add(labels: Labels<L>, by?: number): void;
}

/** A value that goes up and down. */
export interface GaugeMetric<L extends string> {
  set(labels: Labels<L>, value: number): void;
  /** Removes the line of one set of labels, for something that no longer exists. */
  remove(labels: Labels<L>): void;
  /** Removes all lines. */
  clear(): void;
}

/** A distribution of values. */
interface HistogramMetric<L extends string> {
  observe(labels: Labels<L>, value: number): void;
}

/** From a millisecond to half a minute, the usual range of requests and reconciles. */
const secondsBuckets: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The metrics of one program; there is no global registry. Each name may be used once. */
export class Metrics {
  readonly #registry = new Registry();

  counter<const L extends string = never>(definition: MetricDefinition<L>): CounterMetric<L> {
    const counter = new Counter<L>(this.#configurationOf(definition));
    return { add: (labels, by = 1) => counter.inc({ ...labels }, by) };
  }

  /** @param collect called before each scrape, for values that are cheaper to compute then than to track */
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

  /** Adds metrics of the process: CPU, memory, event loop, garbage collection. They are observed until the process ends. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** The MIME type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #configurationOf<L extends string>({ name, help, labels = [] }: MetricDefinition<L>) {
    return { name, help, labelNames: labels, registers: [this.#registry] };
  }
}
