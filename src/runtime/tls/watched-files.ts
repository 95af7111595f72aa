import { watch } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import { invariant } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { Notifier } from '../notifier.ts';

/** What {@link WatchedFiles} need. */
interface WatchedFilesOptions<T> {
  /** The folder of the files. */
  readonly folder: string;
  /** Reads all files. The error says which file is wrong, and why. */
  readonly load: () => Promise<Result<T, string>>;
  readonly isSame: (before: T, after: T) => boolean;
  /** Called with the first content, and whenever the content has changed. */
  readonly onChange: (read: T) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The time between two looks at the files, in milliseconds; default 5,000. */
  readonly pollMs?: number | undefined;
}

/**
 * Files that another program maintains, read again when they change. If they are broken later, that is logged, and the
 * last good content stays in use.
 */
export class WatchedFiles<T> implements AsyncDisposable {
  readonly #options: WatchedFilesOptions<T>;
  readonly #notifier = new Notifier();
  #lifetime: Lifetime | undefined;
  #read: T | undefined;
  #fault: string | undefined;

  constructor(options: WatchedFilesOptions<T>) {
    this.#options = options;
  }

  /** The content that was read last; undefined before the start. */
  get read(): T | undefined {
    return this.#read;
  }

  /** Rejects with an error that names the file that is missing or broken. */
  async start(): Promise<void> {
    invariant(!this.#lifetime, 'the files are watched already');
    const read = await this.#load();
    if (!read.ok) throw new Error(`cannot serve HTTPS: ${read.error}`);
    const lifetime = new Lifetime(`files in ${this.#options.folder}`);
    this.#lifetime = lifetime;
    this.#take(read.value);
    this.#watchFolder(lifetime);
    lifetime.run(
      (ended) => this.#run(ended),
      (error) => this.#options.logger.error('files are no longer watched', { error }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime?.[Symbol.asyncDispose]();
  }

  /**
   * A file-system watch shows changes sooner than polling. Where it fails, or misses a swap of links, polling finds the
   * change.
   */
  #watchFolder(lifetime: Lifetime): void {
    const { folder, logger } = this.#options;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#notifier.notify());
      watcher.on('error', (error) => logger.debug('the folder is polled only', { error }));
      lifetime.defer(() => watcher.close());
    } catch (error) {
      logger.debug('the folder is polled only', { error });
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, pollMs = 5_000, isSame } = this.#options;
    for (;;) {
      await this.#notifier.wait(clock, pollMs, signal);
      if (signal.aborted) return;
      const read = await this.#load();
      if (!read.ok) this.#complain(read.error);
      else if (this.#read === undefined || !isSame(this.#read, read.value)) this.#take(read.value);
      else this.#fault = undefined;
    }
  }

  #take(read: T): void {
    this.#read = read;
    this.#fault = undefined;
    this.#options.onChange(read);
  }

  /** Logs each fault once. */
  #complain(fault: string): void {
    if (fault !== this.#fault) this.#options.logger.error('what was read last stays in use', { fault });
    this.#fault = fault;
  }

  /** Tries twice: the first attempt may have read one file from before a change and the other from after it. */
  async #load(): Promise<Result<T, string>> {
    const first = await this.#options.load();
    return first.ok ? first : this.#options.load();
  }
}
