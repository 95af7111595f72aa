import { Lifetime } from '../../../src/base/lifetime.ts';
import { compareVersions } from '../../../src/kube/index.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';
import type { Eventually } from './eventually.ts';
import { judge } from './judge.ts';
import type { Version } from './judge.ts';
import { Stream } from './stream.ts';
import type { Watched } from './stream.ts';

/** What a recorder is made of. */
export interface RecorderOptions {
  readonly client: ClusterClient;
  readonly eventually: Eventually;
  /** What to watch; all of it in one etcd. */
  readonly watched: readonly Watched[];
}

/** What the recorder has to say. */
export interface Verdict {
  /** A sentence for each moment at which a number had two holders, or was handed out while it cooled. */
  readonly faults: readonly string[];
  /** Where versions may be missing, because the API server had forgotten them after a restart, and what had changed. */
  readonly gaps: readonly string[];
  /** How many versions of each kind were seen. */
  readonly seen: Readonly<Record<string, number>>;
}

/** Keeps every version of what it watches, from its start on, and decides whether a number ever had two holders. */
export class Recorder implements AsyncDisposable {
  readonly #options: RecorderOptions;
  readonly #lifetime = new Lifetime('recorder');
  readonly #streams: readonly Stream[];
  readonly #versions: Version[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    const { client, watched } = options;
    const onVersion = (version: Version): void => void this.#versions.push(version);
    this.#streams = watched.map((one) => new Stream({ client, ...one, onVersion }));
  }

  /** Resolves when nothing that is written from now on can escape it. */
  async start(): Promise<void> {
    for (const stream of this.#streams) {
      await stream.list(this.#lifetime.signal);
      // A fault of the watch is told by the verdict, which never catches up.
      this.#lifetime.run(
        (signal) => stream.run(signal),
        (error) => stream.gaps.push(`${stream.plural}: the watch broke: ${String(error)}`),
      );
    }
  }

  /** Every version that was seen so far, in the order of writing. */
  get versions(): readonly Version[] {
    return this.#versions.toSorted((left, right) => compareVersions(left.revision, right.revision));
  }

  /** Waits until everything that is written by now was seen, and judges. */
  async verdict(): Promise<Verdict> {
    for (const stream of this.#streams) await this.#catchUp(stream);
    const seen: Record<string, number> = {};
    for (const { object } of this.#versions) seen[object.kind] = (seen[object.kind] ?? 0) + 1;
    return { faults: judge(this.#versions), gaps: this.#streams.flatMap(({ gaps }) => gaps), seen };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }

  async #catchUp(stream: Stream): Promise<void> {
    const { items, resourceVersion } = await stream.read(this.#lifetime.signal);
    const missing = (): readonly string[] => stream.missing(items, resourceVersion);
    const what = `the recorder has seen all ${stream.plural} up to revision ${resourceVersion}`;
    await this.#options.eventually(missing, ({ length }) => length === 0, what);
  }
}
