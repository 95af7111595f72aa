import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { err } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { ServedPair } from './certificate-source.ts';
import type { CertificateSource, KeyPair } from './certificate-source.ts';
import { readPair } from './certificate.ts';
import type { ReadPair } from './certificate.ts';
import { WatchedFiles } from './watched-files.ts';

/** What {@link FileCertificates} need. */
interface FileCertificatesOptions {
  /** The folder with `tls.crt` and `tls.key`, as Kubernetes mounts a Secret. */
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The time between two looks at the files, in milliseconds; default 5,000. */
  readonly pollMs?: number;
}

/**
 * A certificate in files that another program maintains, for example cert-manager. They are read again when they
 * change. If they are broken later, that is logged, and the last good pair stays in use. The other program makes
 * clients trust the certificate.
 */
export class FileCertificates implements CertificateSource {
  readonly #options: FileCertificatesOptions;
  readonly #served: ServedPair;
  readonly #files: WatchedFiles<ReadPair>;

  constructor(options: FileCertificatesOptions) {
    const logger = options.logger.child({ dir: options.dir });
    this.#options = options;
    this.#served = new ServedPair(logger);
    this.#files = new WatchedFiles({
      ...options,
      folder: options.dir,
      logger,
      load: () => this.#load(),
      isSame: (before, { pair }) => pair.cert === before.pair.cert && pair.key === before.pair.key,
      onChange: ({ certificate, pair }) => {
        logger.info('read a certificate', { until: new Date(certificate.notAfter).toISOString() });
        this.#served.replace(pair);
      },
    });
  }

  /** Rejects with an error that names the file that is missing or broken. */
  async start(signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    await this.#files.start();
  }

  current(): KeyPair {
    return this.#served.current;
  }

  subscribe(listener: (pair: KeyPair) => void): Disposable {
    return this.#served.subscribe(listener);
  }

  trouble(): string | undefined {
    const { dir, clock } = this.#options;
    const { read } = this.#files;
    if (!read) return `there is no certificate of ${dir} yet`;
    const { notAfter } = read.certificate;
    return clock.now() < notAfter
      ? undefined
      : `the certificate in ${dir} expired at ${new Date(notAfter).toISOString()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  async #load(): Promise<Result<ReadPair, string>> {
    const { dir } = this.#options;
    const paths = { cert: join(dir, 'tls.crt'), key: join(dir, 'tls.key') };
    try {
      const read = readPair({ cert: await readFile(paths.cert, 'utf8'), key: await readFile(paths.key, 'utf8') });
      return read.ok ? read : err(`${paths[read.error.part]} ${read.error.why}`);
    } catch (error) {
      // The message of the error names the file.
      return err(error instanceof Error ? error.message : String(error));
    }
  }
}
