import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import { err, invariant } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { Bell } from '../bell.ts';
import type { CertificateSource, KeyPair } from './certificate-source.ts';
import { readPair } from './certificate.ts';
import type { ReadPair } from './certificate.ts';
import { ServedPair } from './served-pair.ts';

/** What {@link FileCertificates} are made of. */
export interface FileCertificatesOptions {
  /** The folder of `tls.crt` and `tls.key`, as a Secret is mounted. */
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two looks at the files, in milliseconds; default 5,000. */
  readonly pollMs?: number;
}

/**
 * A certificate that somebody else keeps in files, cert-manager for example; read again when they change. What is broken
 * later is logged, and the last good pair served on. Who trusts the certificate is the other's concern.
 */
export class FileCertificates implements CertificateSource {
  readonly #options: FileCertificatesOptions;
  readonly #logger: Logger;
  readonly #served: ServedPair;
  readonly #bell = new Bell();
  #lifetime: Lifetime | undefined;
  #read: ReadPair | undefined;
  #fault: string | undefined;

  constructor(options: FileCertificatesOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ dir: options.dir });
    this.#served = new ServedPair(this.#logger);
  }

  /** Rejects with an error that names the file that is missing or broken. */
  async start(signal: AbortSignal): Promise<void> {
    invariant(!this.#lifetime, 'the files are watched already');
    throwIfCancelled(signal);
    const read = await this.#load();
    if (!read.ok) throw new Error(`cannot serve HTTPS: ${read.error}`);
    const lifetime = new Lifetime('certificate files');
    this.#lifetime = lifetime;
    this.#serve(read.value);
    this.#watchFolder(lifetime);
    lifetime.run(
      (ended) => this.#run(ended),
      (error) => this.#logger.error('the certificate files are no longer watched', { error }),
    );
  }

  current(): KeyPair {
    return this.#served.current;
  }

  subscribe(listener: (pair: KeyPair) => void): Disposable {
    return this.#served.subscribe(listener);
  }

  trouble(): string | undefined {
    if (!this.#read) return `there is no certificate of ${this.#options.dir} yet`;
    const { notAfter } = this.#read.certificate;
    if (this.#options.clock.now() < notAfter) return undefined;
    return `the certificate in ${this.#options.dir} expired at ${new Date(notAfter).toISOString()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime?.[Symbol.asyncDispose]();
  }

  /** Makes changes known sooner; where it fails or misses a swap of links, the poll sees it. */
  #watchFolder(lifetime: Lifetime): void {
    try {
      const watcher = watch(this.#options.dir, { persistent: false }, () => this.#bell.ring());
      watcher.on('error', (error) => this.#logger.debug('the folder is polled only', { error }));
      lifetime.defer(() => watcher.close());
    } catch (error) {
      this.#logger.debug('the folder is polled only', { error });
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, pollMs = 5_000 } = this.#options;
    for (;;) {
      await this.#bell.wait(clock, pollMs, signal);
      if (signal.aborted) return;
      const read = await this.#load();
      if (!read.ok) this.#complain(read.error);
      else if (this.#isNew(read.value)) this.#serve(read.value);
      else this.#fault = undefined;
    }
  }

  #isNew({ pair }: ReadPair): boolean {
    return pair.cert !== this.#read?.pair.cert || pair.key !== this.#read.pair.key;
  }

  #serve(read: ReadPair): void {
    this.#read = read;
    this.#fault = undefined;
    this.#logger.info('read a certificate', { until: new Date(read.certificate.notAfter).toISOString() });
    this.#served.replace(read.pair);
  }

  /** Says the same thing once. */
  #complain(fault: string): void {
    if (fault !== this.#fault) this.#logger.error('the last good certificate is served on', { fault });
    this.#fault = fault;
  }

  /** Twice, when the first try may have had one file from before a change and the other from after it. */
  async #load(): Promise<Result<ReadPair, string>> {
    const first = await this.#loadOnce();
    return first.ok ? first : this.#loadOnce();
  }

  async #loadOnce(): Promise<Result<ReadPair, string>> {
    const paths = { cert: join(this.#options.dir, 'tls.crt'), key: join(this.#options.dir, 'tls.key') };
    try {
      const read = readPair({ cert: await readFile(paths.cert, 'utf8'), key: await readFile(paths.key, 'utf8') });
      return read.ok ? read : err(`${paths[read.error.part]} ${read.error.why}`);
    } catch (error) {
      // Names the file itself.
      return err(error instanceof Error ? error.message : String(error));
    }
  }
}
