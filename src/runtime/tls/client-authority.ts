import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { err, invariant, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { bundleOf, certificatesIn } from './certificate.ts';
import { WatchedFiles } from './watched-files.ts';

/** What {@link ClientAuthority} needs. */
interface ClientAuthorityOptions {
  /** The path of a file with certificates of authorities, in PEM. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The time between two looks at the file, in milliseconds; default 5,000. */
  readonly pollMs?: number;
}

/**
 * The authorities that must have signed the certificates of clients. They are in a file that another program maintains,
 * which is read again when it changes.
 */
export class ClientAuthority implements AsyncDisposable {
  readonly #file: WatchedFiles<string>;
  readonly #listeners = new Set<() => void>();

  constructor(options: ClientAuthorityOptions) {
    const logger = options.logger.child({ file: options.file });
    this.#file = new WatchedFiles({
      ...options,
      folder: dirname(options.file),
      logger,
      load: () => load(options.file),
      isSame: (before, after) => before === after,
      onChange: () => {
        logger.info('read whose certificates callers have to show');
        for (const listener of this.#listeners) listener();
      },
    });
  }

  /** Rejects with an error that names the file if it is missing or broken. */
  async start(signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    await this.#file.start();
  }

  /** The authorities, as PEM. Throws `InvariantError` until the start has resolved. */
  current(): string {
    invariant(this.#file.read !== undefined, 'nothing was read yet: wait for the start');
    return this.#file.read;
  }

  /** Calls `listener` whenever {@link current} changes, until the handle is disposed. */
  subscribe(listener: () => void): Disposable {
    const own = (): void => listener();
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

async function load(file: string): Promise<Result<string, string>> {
  try {
    const authorities = certificatesIn(await readFile(file, 'utf8')).filter(({ isAuthority }) => isAuthority);
    // Given an empty list, Node.js would use the public authorities of the machine, which sign certificates for
    // anybody.
    return authorities.length > 0
      ? ok(bundleOf(authorities))
      : err(`${file} has no certificate of an authority in PEM`);
  } catch (error) {
    // The message of the error names the file.
    return err(error instanceof Error ? error.message : String(error));
  }
}
