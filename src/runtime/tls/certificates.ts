import { abandonable, isCancellation } from '../../base/cancellation.ts';
import type { Clock } from '../../base/clock.ts';
import { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import { systemRandom } from '../../base/random.ts';
import type { Random } from '../../base/random.ts';
import { invariant } from '../../base/result.ts';
import { ResourceCache, Secrets, backoffMs, isApiError } from '../../kube/index.ts';
import type { ClusterClient, KubeObject, ResourceType } from '../../kube/index.ts';
import { CA_LIFE_MS, LEAF_LIFE_MS, issueLeaf } from './authority.ts';
import type { Subjects } from './authority.ts';
import { Bell } from './bell.ts';
import { CaSecret } from './ca-secret.ts';
import type { CaState } from './ca-state.ts';
import type { CertificateSource, KeyPair } from './certificate-source.ts';
import { bundleOf, readPair, renewalOf } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { needsLeaf, rotationStep } from './rotation.ts';
import type { Leaf, RotationView } from './rotation.ts';
import { ServedPair } from './served-pair.ts';
import { allTrust, distrustOf, publishBundle, readWebhooks, webhookType } from './webhook-trust.ts';
import type { SeenWebhooks, WebhookName } from './webhook-trust.ts';

/** API servers hear of a changed configuration within milliseconds; one that is cut off for longer has other trouble. */
const GRACE_MS = 5 * 60_000;
/** Looked at again even if no watch tells of anything, in milliseconds. */
const RESYNC_MS = 60_000;
/** Between two looks, so that lives of seconds don't keep the machine busy. */
const LEAST_WAIT_MS = 100;

/** What {@link Certificates} are made of. */
export interface CertificatesOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random;
  /** Where the Secret of the authority is. */
  readonly namespace: string;
  readonly secretName: string;
  /** Of the Secret, when it is created here. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whom the certificate is for: what API servers call this process. */
  readonly subjects: Subjects;
  /** Whose `caBundle` is kept. */
  readonly webhooks: readonly WebhookName[];
  /** In milliseconds; default ten years and ninety days. */
  readonly life?: { readonly ca?: number; readonly leaf?: number };
  /** For how long all configurations have carried the next authority before it signs, in milliseconds; default 5 minutes. */
  readonly graceMs?: number;
}

/**
 * A server's certificate, signed by an authority that all replicas share through a Secret, and the `caBundle` of the
 * webhook configurations. Every replica does all of it, on the versions that it read; nobody leads.
 */
export class Certificates implements CertificateSource {
  readonly #options: CertificatesOptions;
  readonly #logger: Logger;
  readonly #secret: CaSecret;
  readonly #served: ServedPair;
  readonly #bell = new Bell();
  #lifetime: Lifetime | undefined;
  #leaf: Leaf | undefined;
  #seen: readonly SeenWebhooks[] = [];
  #nextKnown: { readonly fingerprint: string; readonly since: number } | undefined;
  #failure = 'there is no certificate yet';
  #issued: () => void = () => undefined;
  readonly #whenIssued = new Promise<void>((resolve) => (this.#issued = resolve));

  constructor(options: CertificatesOptions) {
    const { namespace, secretName, client, labels = {} } = options;
    this.#options = options;
    this.#logger = options.logger.child({ secret: `${namespace}/${secretName}` });
    this.#secret = new CaSecret({
      client,
      namespace,
      name: secretName,
      labels,
      lifeMs: options.life?.ca ?? CA_LIFE_MS,
    });
    this.#served = new ServedPair(this.#logger);
  }

  async start(signal: AbortSignal): Promise<void> {
    invariant(!this.#lifetime, 'the certificates are kept already');
    const lifetime = new Lifetime('certificates');
    this.#lifetime = lifetime;
    const { namespace, secretName, webhooks } = this.#options;
    this.#watch(lifetime, Secrets, secretName, namespace);
    for (const { kind, name } of webhooks) this.#watch(lifetime, webhookType(kind), name);
    lifetime.run(
      (ended) => this.#run(ended),
      (error) => this.#logger.error('certificates are no longer kept', { error }),
    );
    await abandonable(this.#whenIssued, AbortSignal.any([signal, lifetime.signal]));
  }

  current(): KeyPair {
    return this.#served.current;
  }

  subscribe(listener: (pair: KeyPair) => void): Disposable {
    return this.#served.subscribe(listener);
  }

  trouble(): string | undefined {
    if (!this.#leaf) return this.#failure;
    if (this.#options.clock.now() >= this.#leaf.certificate.notAfter) return 'the certificate has expired';
    return distrustOf(this.#seen, this.#leaf.issuer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime?.[Symbol.asyncDispose]();
  }

  /** A watch only says that it is time to look: what is decided on is read anew. */
  #watch<T extends KubeObject>(lifetime: Lifetime, type: ResourceType<T>, name: string, namespace?: string): void {
    const { client, clock, logger, random = systemRandom } = this.#options;
    const fieldSelector = `metadata.name=${name}`;
    // Keys stay in memory no longer than they are needed.
    const trim = (object: T): T => ({ ...object, data: undefined });
    const cache = new ResourceCache({ client, type, namespace, fieldSelector, clock, random, logger, trim });
    lifetime.own(cache).subscribe(() => this.#bell.ring());
    cache.start();
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let waitMs: number;
      try {
        waitMs = await this.#look(signal);
        failures = 0;
      } catch (error) {
        if (isCancellation(error, signal)) return;
        waitMs = this.#retryAfter(error, failures++);
      }
      await this.#bell.wait(this.#options.clock, waitMs, signal);
    }
  }

  #retryAfter(error: unknown, failures: number): number {
    const { random = systemRandom } = this.#options;
    const waitMs = backoffMs({ firstMs: 100, capMs: 15_000 }, failures, random);
    // The ordinary life of replicas: another one wrote first.
    if (isApiError(error, 'conflict', 'alreadyExists')) this.#logger.debug('another replica was faster', { error });
    else this.#logger.warn('certificates could not be looked after, to be tried again', { error, waitMs });
    this.#failure = `there is no certificate yet: ${error instanceof Error ? error.message : String(error)}`;
    return waitMs;
  }

  /** Brings everything one step further; answers in how many milliseconds to look again. */
  async #look(signal: AbortSignal): Promise<number> {
    const { client, clock, webhooks } = this.#options;
    // Before the Secret: whoever publishes a newer bundle than ours changes the version that we write on.
    const seen = await readWebhooks(client, webhooks, signal);
    this.#seen = seen;
    const stored = await this.#secret.read(signal);
    if (!stored.state) {
      await this.#replace(stored.fault, signal);
      return LEAST_WAIT_MS;
    }
    const view = this.#view(seen, stored.state);
    const step = rotationStep(stored.state, view);
    if (view.now < stored.state.current.certificate.notAfter) {
      await this.#renew(stored.state, seen);
      await this.#publish(stored.state, seen, signal);
    }
    if (step.kind === 'replace') await this.#replace('the authority has expired', signal);
    else if (step.kind === 'prepare') await this.#prepare(stored.state, signal);
    else if (step.kind !== 'wait') await this.#store(step, signal);
    else return this.#waitUntil(Math.min(step.until, this.#leaf ? renewalOf(this.#leaf.certificate) : clock.now()));
    return LEAST_WAIT_MS;
  }

  #view(seen: readonly SeenWebhooks[], { next }: CaState): RotationView {
    const { clock, graceMs = GRACE_MS, life } = this.#options;
    const nextKnownForMs = next && this.#knownForMs(seen, next.certificate);
    return { now: clock.now(), nextKnownForMs, graceMs, leafLifeMs: life?.leaf ?? LEAF_LIFE_MS };
  }

  /** Measured on our own clock, since we first saw it: a replica that starts anew waits anew. */
  #knownForMs(seen: readonly SeenWebhooks[], next: Certificate): number | undefined {
    const now = this.#options.clock.monotonic();
    if (!allTrust(seen, next)) this.#nextKnown = undefined;
    else if (this.#nextKnown?.fingerprint !== next.fingerprint) {
      this.#nextKnown = { fingerprint: next.fingerprint, since: now };
    }
    return this.#nextKnown && now - this.#nextKnown.since;
  }

  async #renew({ current }: CaState, seen: readonly SeenWebhooks[]): Promise<void> {
    const { clock, subjects, life } = this.#options;
    const now = clock.now();
    const currentKnown = allTrust(seen, current.certificate);
    if (!needsLeaf(this.#leaf, current.certificate, { now, currentKnown })) return;
    const pair = await issueLeaf(current.pair, subjects, { now, lifeMs: life?.leaf ?? LEAF_LIFE_MS });
    const read = readPair(pair);
    invariant(read.ok, 'a certificate that was just issued can be read');
    this.#leaf = { ...read.value, issuer: current.certificate };
    const until = new Date(read.value.certificate.notAfter).toISOString();
    this.#logger.info('issued a certificate', { until, ...subjects });
    this.#served.replace(pair);
    this.#issued();
  }

  async #publish({ bundle }: CaState, seen: readonly SeenWebhooks[], signal: AbortSignal): Promise<void> {
    const text = bundleOf(bundle);
    const writes = seen.map(async (each) => {
      const wrote = await publishBundle(this.#options.client, each, text, signal);
      // What was written is seen at the next look.
      if (wrote) this.#bell.ring();
      if (wrote) this.#logger.info('put the authority into caBundle', { ...each.webhook });
    });
    // One configuration that can't be written keeps nobody from the others.
    const failed = (await Promise.allSettled(writes)).find((write) => write.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #prepare(state: CaState, signal: AbortSignal): Promise<void> {
    await this.#secret.prepare(state, this.#options.clock.now(), signal);
    this.#logger.info('the authority is to be replaced: made the next one known');
  }

  async #store(
    step: { readonly kind: 'switch' | 'tidy'; readonly state: CaState },
    signal: AbortSignal,
  ): Promise<void> {
    await this.#secret.write(step.state, signal);
    this.#logger.info(step.kind === 'switch' ? 'the next authority signs from now on' : 'tidied the bundle');
  }

  async #replace(why: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock, graceMs = GRACE_MS, life } = this.#options;
    const view = { now: clock.now(), graceMs, leafLifeMs: life?.leaf ?? LEAF_LIFE_MS };
    await this.#secret.replace(this.#leaf?.issuer, view, signal);
    if (why === undefined) this.#logger.info('created a certificate authority');
    else this.#logger.error('the certificate authority was lost and is replaced by a new one', { why });
  }

  #waitUntil(time: number): number {
    return Math.min(RESYNC_MS, Math.max(LEAST_WAIT_MS, time - this.#options.clock.now()));
  }
}
